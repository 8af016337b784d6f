/** What stands between a valid request and storage. One folder a plugin; the chain calls them in upstream's order. */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Authorizer } from "../authz/authorizer.ts";
import type { ObjectReader } from "../resources/reader.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { QuotaLedger } from "./resource-quota/swap.ts";

export type Operation = "CREATE" | "UPDATE" | "DELETE" | "CONNECT";

export interface AdmissionRequest {
  readonly operation: Operation;
  readonly resource: ServedResource;
  readonly subresource: string;
  readonly namespace: string;
  /** Empty while a generated name is not known yet. */
  readonly name: string;
  /** The new state, in the stored version; undefined on DELETE. Mutating plugins change it in place. */
  readonly object: KubeObject | undefined;
  readonly old: Readonly<KubeObject> | undefined;
  readonly user: RequestUser;
  readonly dryRun: boolean;
  warn(text: string): void;
}

/**
 * `admit` runs before validation and may change the object; it may run again when a write is retried and must then come
 * to the same result. `validate` runs after and changes nothing. Either throws StatusError to refuse.
 */
export interface AdmissionPlugin {
  readonly name: string;
  handles(request: AdmissionRequest): boolean;
  admit?(request: AdmissionRequest): void | Promise<void>;
  validate?(request: AdmissionRequest): void | Promise<void>;
}

export interface AdmissionServices {
  readonly reader: ObjectReader;
  readonly authorizer: Authorizer;
  readonly clock: Clock;
  /** Where usage of quotas is charged. */
  readonly quotas: QuotaLedger;
}

export type AdmissionPluginFactory = (services: AdmissionServices) => AdmissionPlugin;

/** Whether a request concerns the object of this resource itself. */
export function isResource({ resource, subresource }: AdmissionRequest, group: string, plural: string): boolean {
  return subresource === "" && resource.def.plural === plural && resource.def.group === group;
}
