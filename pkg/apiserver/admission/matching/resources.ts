/** `matchConstraints` of a policy and `matchResources` of a binding. */
import type { MatchResources, NamedRuleWithOperations } from "#api/types/admissionregistration.k8s.io/v1";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { matchRules } from "./rules.ts";
import { parseSelectors, type Selectors, selectsNamespace, selectsObject } from "./selectors.ts";
import type { ShownAs, Subject } from "./subject.ts";

export interface ResourceMatch extends Selectors {
  readonly rules: readonly NamedRuleWithOperations[];
  readonly excluded: readonly NamedRuleWithOperations[];
  readonly equivalent: boolean;
}

export function parseMatch(spec: Readonly<MatchResources>): ResourceMatch {
  return {
    ...parseSelectors(spec),
    rules: spec.resourceRules ?? [],
    excluded: spec.excludeResourceRules ?? [],
    equivalent: spec.matchPolicy !== "Exact",
  };
}

/** As what the request is meant; undefined: it is not. Throws StatusError where that cannot be told. */
export async function matchResources(
  match: ResourceMatch,
  subject: Subject,
  reader: ObjectReader,
): Promise<ShownAs | undefined> {
  const { excluded, rules, equivalent } = match;
  const as = rules.length === 0 ? subject.asked : matchRules({ rules, equivalent }, subject);
  if (!as) return undefined;
  if (excluded.length > 0 && matchRules({ rules: excluded, equivalent }, subject)) return undefined;
  const namespace = await selectsNamespace(match, subject.request, reader);
  if (namespace === false) return undefined;
  const object = selectsObject(match, subject.request);
  if (object === false) return undefined;
  if (namespace instanceof StatusError) throw namespace;
  if (object instanceof StatusError) throw object;
  return as;
}
