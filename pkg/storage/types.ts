/**
 * What the rest of the API server knows of storage. Objects are JSON bytes; a revision is etcd's, shared by all
 * resources, and is the object's `resourceVersion`.
 */
import type { KubeObject } from "#pkg/apimachinery/object.ts";

/** One committed state of one object. Immutable: bytes and object are shared by every reader. */
export interface StoredObject {
  /** The full etcd key, `/registry/pods/default/a`. */
  readonly key: string;
  /** etcd `mod_revision` of this state. */
  readonly revision: number;
  /** The whole object as JSON, `metadata.resourceVersion` included. */
  readonly bytes: Buffer;
  /** Parsed when first asked for and held weakly: never mutate it. */
  readonly object: KubeObject;
  readonly labels: Readonly<Record<string, string>>;
  /** Values of the field selectors that the resource declares (`metadata.name`, `spec.nodeName`, …). */
  readonly fields: Readonly<Record<string, string>>;
  /** What is stored is an old form of this: to write it again is a change, even if nothing in it changed. */
  readonly isStale?: boolean;
}

export type WatchEventType = "ADDED" | "MODIFIED" | "DELETED";

/**
 * One committed change. A DELETED event's `current` is the last state with the revision of the deletion.
 * Events are shared by all watchers: `memo` lets an encoder keep the frame it made for one representation.
 */
export interface StorageEvent {
  readonly type: WatchEventType;
  readonly revision: number;
  readonly current: StoredObject;
  /** The state before, absent for ADDED: selectors need it to turn a change into ADDED or DELETED. */
  readonly previous?: StoredObject;
  /** Frames by representation, `json`, `protobuf`, `table`, …; filled by whoever encodes first, for a time. */
  readonly memo: Map<string, Buffer>;
}

/** Which state a read may be answered from; the meaning is that of `resourceVersion` in the API. */
export type ReadAt =
  /** No resourceVersion: at least as new as anything committed before the request came. */
  | { readonly kind: "latest" }
  /** `resourceVersion=0`: whatever the cache holds. */
  | { readonly kind: "any" }
  | { readonly kind: "notOlderThan"; readonly revision: number }
  /** Exactly this revision; throws StatusError Expired once compacted. */
  | { readonly kind: "exact"; readonly revision: number };

export interface ListOptions {
  /** Keys from here on (exclusive prefix end is implied): `/registry/pods/` or `/registry/pods/ns/`. */
  readonly prefix: string;
  readonly at: ReadAt;
  /** Go on after this key (a continue token's position). */
  readonly after?: string;
  readonly limit?: number;
  /** Keeps an object; runs before `limit` counts. */
  readonly match?: (object: StoredObject) => boolean;
  /** Exact values of indexed fields (`spec.nodeName=n1`), when the selector has them: narrows without a scan. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface ListPage {
  readonly items: readonly StoredObject[];
  /** The revision that the page shows: the list's `resourceVersion`. */
  readonly revision: number;
  /** Set when more objects match: the last key of this page. */
  readonly continueAfter?: string;
  /** How many objects remain behind this page; undefined where a selector makes it unknown. */
  readonly remaining?: number;
}

export interface WatchOptions {
  /** A prefix, or with `single` exactly one key. */
  readonly prefix: string;
  readonly single?: boolean;
  /**
   * Events after this revision. Undefined: from now on, after synthetic ADDED events of what exists
   * (the meaning of a watch without resourceVersion and of `resourceVersion=0`).
   */
  readonly after?: number;
  /** Send the state as ADDED events first, then a bookmark with `initial: true` (`sendInitialEvents`). */
  readonly initialEvents?: boolean;
  /** With `initialEvents`: how new the initial state must be. */
  readonly at?: ReadAt;
  readonly signal: AbortSignal;
}

/** `isState`: an object that was there before, told to this watch alone. */
export interface EventItem {
  readonly kind: "event";
  readonly event: StorageEvent;
  readonly isState?: boolean;
}

export type WatchItem =
  | EventItem
  /** Nothing up to `revision` is still to come. `initial`: ends the initial events. */
  | { readonly kind: "bookmark"; readonly revision: number; readonly initial: boolean };

/**
 * A running watch. The consumer drains `take()` when `onReady` fires; the queue has a bound, and a consumer that does
 * not keep up is ended with reason `slow`.
 */
export interface Watch {
  /**
   * Items waiting now, in order, empty when none. Of many initial events it gives some, and `onReady` fires again. Watches that
   * one batch of events woke may get the very same array.
   */
  take(): readonly WatchItem[];
  /**
   * Called (once per transition from empty to non-empty) when `take` has something. Never before `watch()` has returned
   * to its caller; set it at once.
   */
  onReady: () => void;
  /** Resolves when the watch is over; `error` is the StatusError to send (410 Expired after compaction), if any. */
  readonly ended: Promise<{ reason: "closed" | "slow" | "error"; error?: Error }>;
  /** The newest revision of which `take` has given everything: the resourceVersion of a bookmark sent now. */
  readonly revision: number;
  close(): void;
}

export interface WriteOptions {
  /** Seconds until etcd deletes the object by itself (events). */
  readonly ttlSeconds?: number;
  readonly signal?: AbortSignal;
  /** The object that the bytes say, where the writer has it: then nobody need parse them for their labels and fields. */
  readonly object?: KubeObject;
  /** The object's selectable fields, where the writer knows them. */
  readonly fields?: Readonly<Record<string, string>>;
  /** The writer has found the object to differ from the state that it expects. */
  readonly changed?: boolean;
}

/** The objects of one resource. Keys are full etcd keys. */
export interface ResourceStore {
  /** `/registry/pods/`. */
  readonly prefix: string;
  get(key: string, at: ReadAt, signal?: AbortSignal): Promise<StoredObject | undefined>;
  list(options: ListOptions): Promise<ListPage>;
  watch(options: WatchOptions): Promise<Watch>;
  /** `json` has no resourceVersion. Throws KeyExistsError. */
  create(key: string, json: Buffer, options?: WriteOptions): Promise<StoredObject>;
  /** Compare-and-swap. Throws RevisionConflictError, which carries the state found (undefined: deleted). */
  update(key: string, json: Buffer, expectedRevision: number, options?: WriteOptions): Promise<StoredObject>;
  /** Compare-and-delete; returns the last state with the revision of the deletion. Throws RevisionConflictError. */
  delete(key: string, expectedRevision: number, options?: WriteOptions): Promise<StoredObject>;
  /** How many objects there are, for metrics. */
  readonly size: number;
  /** How many bytes they have together. */
  readonly bytes: number;
}

/** What a resource tells the cache about its objects. */
export interface StoreSpec {
  readonly prefix: string;
  /** Reads the field-selector values of a parsed object. */
  readonly fieldsOf: (object: KubeObject) => Record<string, string>;
  /** Names of the fields that have an index (exact match without a scan). */
  readonly indexed: readonly string[];
  /** Turns a value that others wrote in another encoding (protobuf) into JSON; must return JSON as it is. */
  readonly toJson?: (value: Buffer, key: string) => Buffer;
}

export interface Storage extends AsyncDisposable {
  /** Opens (or returns) the store of a resource. Custom resources come and go at run time. */
  store(spec: StoreSpec): ResourceStore;
  /** Forgets a resource's cache and ends its watches. */
  release(prefix: string): void;
  /** Resolves when every open store's cache is filled. */
  ready(signal?: AbortSignal): Promise<void>;
  /** The newest committed revision, by a quorum read shared with whoever asks at the same time. */
  currentRevision(signal?: AbortSignal): Promise<number>;
  /** Raw get/compare-and-swap beside the resources (allocators, `/registry/ranges/...`, leases of masters). */
  readonly raw: RawStore;
  /** Whether etcd answers: for /readyz and /livez. */
  healthy(signal?: AbortSignal): Promise<void>;
}

export interface RawStore {
  get(key: string): Promise<{ value: Buffer; revision: number } | undefined>;
  /** `expectedRevision` 0 means: must not exist. Returns the new revision, or undefined when the compare failed. */
  put(key: string, value: Buffer, expectedRevision: number): Promise<number | undefined>;
  delete(key: string): Promise<void>;
  /** Writes whatever is there, for `ttlSeconds`: then etcd deletes the key, unless it is written again. */
  lease(key: string, value: Buffer, ttlSeconds: number): Promise<void>;
  /** The keys that begin with `prefix`, in order, at most a thousand. */
  keys(prefix: string): Promise<string[]>;
}

export class KeyExistsError extends Error {
  override readonly name = "KeyExistsError";
}

export class RevisionConflictError extends Error {
  override readonly name = "RevisionConflictError";
  readonly current: StoredObject | undefined;
  constructor(key: string, current: StoredObject | undefined) {
    super(current ? `${key} is at revision ${current.revision}` : `${key} does not exist`);
    this.current = current;
  }
}
