/** A FlowSchema as the server runs it. */
import type { FlowSchema } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Headers } from "../http/exchange.ts";
import type { RequestInfo } from "../http/request-info.ts";
import type { Classified } from "./classifier.ts";
import type { FlowCounts } from "./flow-counts.ts";
import type { FlowOwner } from "./flow-request.ts";
import { prepareRules } from "./policy-rules.ts";
import type { PriorityLevel } from "./priority-level.ts";

export interface ServedSchema extends Classified, FlowOwner {
  readonly level: PriorityLevel;
  readonly distinguisher: string | undefined;
  /** What the answers to its requests say: identities, since names would tell clients how they are thought of. */
  readonly headers: Readonly<Headers>;
}

const precedenceDefault = 1000;

export function serveSchema(
  { metadata, spec }: Readonly<FlowSchema>,
  level: PriorityLevel,
  countsOf: (level: string, schema: string) => FlowCounts,
): ServedSchema {
  const name = metadata.name ?? "";
  return {
    name,
    precedence: spec?.matchingPrecedence || precedenceDefault,
    rules: (spec?.rules ?? []).map(prepareRules),
    level,
    distinguisher: spec?.distinguisherMethod?.type,
    counts: countsOf(level.name, name),
    headers: {
      "x-kubernetes-pf-flowschema-uid": metadata.uid ?? "",
      "x-kubernetes-pf-prioritylevel-uid": level.settings.uid,
    },
  };
}

/** Whose requests are treated alike in a level with queues. */
export function flowOf({ level, distinguisher }: ServedSchema, { resource }: RequestInfo, user: RequestUser): string {
  if (distinguisher === undefined || typeof level.settings.excess === "string") return "";
  return distinguisher === "ByUser" ? user.name : (resource?.namespace ?? "");
}
