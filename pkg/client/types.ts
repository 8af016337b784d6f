/** The typed client that every component uses; in-process components use the same one over the network. */

import type { ResourceRef, resources } from "#api/gen/resources.ts";
import type { DeleteOptions, ListMeta } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Bound on the whole call; default 30 s. */
  readonly timeoutMs?: number;
}

export interface Address {
  /** Empty or absent for cluster-scoped resources and for lists over all namespaces. */
  readonly namespace?: string;
  readonly name: string;
}

export interface ListParameters extends CallOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  readonly limit?: number;
  readonly continue?: string;
  readonly resourceVersion?: string;
  readonly resourceVersionMatch?: "Exact" | "NotOlderThan";
}

export interface WatchParameters extends ListParameters {
  readonly allowWatchBookmarks?: boolean;
  readonly sendInitialEvents?: boolean;
  readonly timeoutSeconds?: number;
}

export interface ObjectList<T> {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ListMeta;
  readonly items: T[];
}

export type WatchMessage<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED" | "BOOKMARK"; readonly object: T }
  | { readonly type: "ERROR"; readonly object: Record<string, unknown> };

export interface WriteParameters extends CallOptions {
  readonly dryRun?: boolean;
  readonly fieldManager?: string;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

export interface PatchParameters extends WriteParameters {
  readonly type: PatchType;
  readonly subresource?: string;
  /** Server-side apply: take over conflicting fields. */
  readonly force?: boolean;
}

/** All methods reject with StatusError. */
export interface ResourceClient<T extends KubeObject> {
  readonly ref: ResourceRef<T>;
  get(address: Address, options?: CallOptions & { resourceVersion?: string }): Promise<T>;
  list(parameters?: ListParameters): Promise<ObjectList<T>>;
  /** One watch connection; ends when the server closes it, throws when it breaks. Informers do the rest. */
  watch(parameters?: WatchParameters): AsyncIterable<WatchMessage<T>>;
  /** As `watch`, but hands over what arrived together in one go. */
  watchBatches(parameters?: WatchParameters): AsyncIterable<WatchMessage<T>[]>;
  create(object: T, options?: WriteParameters): Promise<T>;
  update(object: T, options?: WriteParameters): Promise<T>;
  updateStatus(object: T, options?: WriteParameters): Promise<T>;
  patch(address: Address, patch: unknown, parameters: PatchParameters): Promise<T>;
  delete(address: Address, options?: WriteParameters & { readonly body?: DeleteOptions }): Promise<void>;
  deleteCollection(parameters: ListParameters & { readonly body?: DeleteOptions }): Promise<void>;
  /** GET, POST or PUT of a subresource: `binding`, `eviction`, `scale`, `token`, `log` (as text). */
  subresource<R = unknown>(
    method: "GET" | "POST" | "PUT",
    address: Address,
    name: string,
    body?: unknown,
    options?: WriteParameters,
  ): Promise<R>;
}

type ObjectOf<R> = R extends ResourceRef<infer T> ? T : never;

/** `client.pods`, `client.deployments`, …: one ResourceClient for each built-in resource. */
export type TypedClients = {
  readonly [K in keyof typeof resources]: ObjectOf<(typeof resources)[K]> extends KubeObject
    ? ResourceClient<ObjectOf<(typeof resources)[K]>>
    : ResourceClient<KubeObject>;
};

export interface ResourceOptions {
  /** Asks for PartialObjectMetadata: reads return `apiVersion`, `kind` and `metadata` only. */
  readonly metadataOnly?: boolean;
}

export interface Client extends TypedClients, AsyncDisposable {
  /** A client for any resource, custom ones too. */
  resource<T extends KubeObject>(ref: ResourceRef<T>, options?: ResourceOptions): ResourceClient<T>;
  /** Anything else: `/version`, discovery, `/healthz`. Returns parsed JSON, or the text where the answer is not JSON. */
  request<R = unknown>(method: string, path: string, body?: unknown, options?: CallOptions): Promise<R>;
}

/** Watches one resource into a local cache. Survives cuts, restarts and compaction; `get` and `list` never wait. */
export interface Informer<T extends KubeObject> {
  readonly ref: ResourceRef<T>;
  /** Key is `namespace/name` or `name`. */
  get(key: string): Readonly<T> | undefined;
  list(namespace?: string): Iterable<Readonly<T>>;
  /** Objects under an index that was declared with `addIndex`. */
  byIndex(index: string, value: string): Iterable<Readonly<T>>;
  /** Declares an index; call before start. `valuesOf` may return several values. */
  addIndex(index: string, valuesOf: (object: Readonly<T>) => readonly string[]): void;
  /** `updated` also fires on resync, with the same object twice. A handler must not throw and not wait. */
  addHandler(handler: InformerHandler<T>): void;
  /** Resolves once the first list is in the cache and its handlers have run. */
  synced(signal?: AbortSignal): Promise<void>;
  readonly isSynced: boolean;
  /** The resourceVersion that the cache has reached; empty before the first list. */
  readonly resourceVersion: string;
}

export interface InformerHandler<T> {
  added?(object: Readonly<T>, initial: boolean): void;
  updated?(object: Readonly<T>, old: Readonly<T>): void;
  deleted?(object: Readonly<T>): void;
}

/** One informer for each resource and selector, shared by everything in a process. */
export interface InformerSet extends AsyncDisposable {
  informer<T extends KubeObject>(ref: ResourceRef<T>, options?: InformerOptions): Informer<T>;
  /** Starts every informer asked for so far (and later ones at once). */
  start(signal: AbortSignal): void;
  synced(signal?: AbortSignal): Promise<void>;
}

export interface InformerOptions {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** 0 or absent: no resync. */
  readonly resyncMs?: number;
  /** Caches PartialObjectMetadata only. */
  readonly metadataOnly?: boolean;
  /** Keeps `metadata.managedFields` in the cache; absent: they are dropped. */
  readonly keepManagedFields?: boolean;
}

/** Kubeconfig-like connection. */
export interface Connection {
  readonly server: string;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** A bearer token, or a function that reads the current one (rotating files). */
  readonly token?: string | (() => Promise<string>);
  readonly insecure?: boolean;
  readonly userAgent?: string;
}
