/** A write as the generic store sees it, whichever endpoint it came from. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { RequestUser, StrategyContext } from "#pkg/registry/strategy.ts";
import type { StoredObject } from "#pkg/storage/types.ts";
import type { RequestOptions, SubresourceView } from "../admission/plugin.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ServerServices } from "../services.ts";

export interface WriteRequest {
  readonly services: ServerServices;
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty on create: the body names the object. */
  readonly name: string;
  readonly user: RequestUser;
  readonly dryRun: boolean;
  /** Who owns the fields in managedFields; undefined: fields are not tracked (deletion). */
  readonly manager: string | undefined;
  /** Aborted when the client no longer waits. A function: few writes ask. */
  readonly client?: () => AbortSignal;
  /** How the endpoint shows the object, where that is another kind. */
  readonly view?: SubresourceView;
  readonly options?: RequestOptions;
  /** One of many objects that a request deletes: it does not name them. */
  readonly unnamed?: boolean;
  /** Admission has seen it in another form: a Binding, an Eviction. */
  readonly admitted?: boolean;
  warn(text: string): void;
}

/** What a write left behind: stored, or (dry run, deletion) an object only. Objects are in the stored version. */
export type Outcome =
  | { readonly kind: "stored"; readonly stored: StoredObject; readonly created: boolean }
  | { readonly kind: "object"; readonly object: KubeObject; readonly created: boolean };

export const objectOf = (outcome: Outcome): KubeObject =>
  outcome.kind === "stored" ? outcome.stored.object : outcome.object;

export function strategyContextOf({ user, namespace, dryRun, services, warn }: WriteRequest): StrategyContext {
  return { user, namespace, dryRun, now: new Date(services.clock.now()), warn };
}

let lastSecond = Number.NaN;
let lastTimestamp = "";

/** Times of the API have no fraction of a second: of the many in one second only the first is worked out. */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastTimestamp = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
    lastSecond = second;
  }
  return lastTimestamp;
}
