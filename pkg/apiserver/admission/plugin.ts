/** What stands between a valid request and storage. One folder a plugin; the chain calls them in upstream's order. */
import type { Registry } from "prom-client";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { Authorizer } from "../authz/authorizer.ts";
import type { Directory } from "../resources/directory.ts";
import type { ObjectReader } from "../resources/reader.ts";
import type { ServedResource } from "../resources/served-resource.ts";
import type { ResourceTable } from "../resources/table.ts";
import type { WebhookClient } from "../webhook/index.ts";
import type { SystemMember } from "../write/system-members.ts";
import type { ConfigurationOf } from "./configuration/read.ts";
import type { Equivalents } from "./matching/equivalents.ts";
import type { QuotaLedger } from "./resource-quota/swap.ts";
import type { WebhookMetrics } from "./webhooks/metrics.ts";

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
  /** Members of metadata that the server filled in: who may change the object is not shown them. */
  unsent: readonly SystemMember[];
  /** How the subresource shows the object, where that is another kind than what is stored. */
  readonly view: SubresourceView | undefined;
  /** The request's own options, without their kind; undefined: the server writes for itself. */
  readonly options: RequestOptions | undefined;
  /** Aborted when the client no longer waits. */
  readonly client: (() => AbortSignal) | undefined;
  /** Made by the first plugin that asks others to change the object. */
  rounds: AdmissionRounds | undefined;
  warn(text: string): void;
}

/** CreateOptions, UpdateOptions or DeleteOptions as they were sent. */
export type RequestOptions = () => Readonly<Record<string, unknown>>;

/** A subresource that shows the object as another kind, `scale`. */
export interface SubresourceView {
  show(object: Readonly<KubeObject>): KubeObject;
  /** Changes the object to what somebody made of its view. */
  change(object: KubeObject, shown: KubeObject): void;
}

/** A second round follows where somebody changed the object in the first: that may concern the plugins before. */
export interface AdmissionRounds {
  current: 1 | 2;
  again: boolean;
  /** Those that were asked since the object changed last, and want to hear of a change. */
  readonly asked: Set<string>;
  /** Those to ask again. */
  readonly due: Set<string>;
  /** The object as the round left it. */
  left: KubeObject | undefined;
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
  readonly registry: Registry;
  /** What the server's administrator wrote for a plugin. */
  readonly configurationOf: ConfigurationOf;
  /** For what objects of the API configure. */
  readonly dynamic: DynamicAdmission;
}

/** What webhooks and policies need of the server. */
export interface DynamicAdmission {
  readonly reader: ObjectReader;
  readonly table: ResourceTable;
  readonly log: Logger;
  readonly equivalents: Equivalents;
  readonly client: WebhookClient;
  readonly webhookMetrics: WebhookMetrics;
  /** The objects of a resource of admissionregistration.k8s.io, each in the form that `read` makes of it. */
  configurations<T>(plural: string, read: (object: Readonly<KubeObject>) => T): Directory<T>;
}

export type AdmissionPluginFactory = (services: AdmissionServices) => AdmissionPlugin;

/** Whether a request concerns the object of this resource itself. */
export function isResource({ resource, subresource }: AdmissionRequest, group: string, plural: string): boolean {
  return subresource === "" && resource.def.plural === plural && resource.def.group === group;
}
