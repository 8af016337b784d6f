/** What whoever opens storage chooses. */
import type { Clock } from "#pkg/apimachinery/clock.ts";

/** Told of what storage does, for metrics and logs. Calls are synchronous and must not throw. */
export interface StorageObserver {
  /** One request to etcd ended. `operation`: get, list, count, create, update, delete, leaseGrant, compact, status. */
  request?(operation: string, seconds: number, succeeded: boolean): void;
  /** The watch of etcd was cut; it resumes by itself. */
  watchCut?(error: Error): void;
  /** History was compacted while the watch was cut: every cache was compared with etcd anew. */
  relisted?(): void;
  /** A resource could not be read; it is tried again. */
  loadFailed?(prefix: string, error: unknown): void;
  /** One round of compaction failed; the next makes up for it. */
  compactionFailed?(error: unknown): void;
  /** A value under a registered prefix is not a JSON object; readers do not see it. */
  undecodable?(key: string, error: unknown): void;
}

export interface StorageOptions {
  /** `http://127.0.0.1:2379`, `https://…`, `unix:///run/kine.sock`; tried in order, the next when one fails. */
  readonly endpoints: readonly string[];
  /** Paths of PEM files for https endpoints. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** Where all keys live; default `/registry/`. */
  readonly prefix?: string;
  /** How long to wait for the first answer of etcd; default 60 s. */
  readonly connectMsMax?: number;
  /** How often history is compacted, and how much of it stays; 0 turns it off; default 5 minutes. */
  readonly compactionIntervalMs?: number;
  /**
   * No other process writes objects below `prefix` while this storage is open: a read of the latest state then asks etcd
   * nothing. Should somebody do so all the same, it is seen when the feed tells of it, and from there on reads ask for a while.
   */
  readonly isSoleWriter?: boolean;
  readonly limits?: Partial<StorageLimits>;
  readonly clock?: Clock;
  readonly observer?: StorageObserver;
  /** Aborts opening. To close, dispose the storage. */
  readonly signal?: AbortSignal;
}

/** Bounds of memory and time. Per resource where not said otherwise. */
export interface StorageLimits {
  /** Past events kept for watches that resume. */
  readonly historyEventsMax: number;
  readonly historyBytesMax: number;
  /** How far a watcher may fall behind before it is cut off. */
  readonly watchQueueEventsMax: number;
  readonly watchQueueBytesMax: number;
  /** How long a read waits for the cache to reach a revision. */
  readonly freshnessMsMax: number;
  /** Bytes that one page of a Range should have. */
  readonly pageBytes: number;
}

export const defaultLimits: StorageLimits = {
  historyEventsMax: 16_384,
  historyBytesMax: 32 * 1024 * 1024,
  watchQueueEventsMax: 16_384,
  watchQueueBytesMax: 64 * 1024 * 1024,
  freshnessMsMax: 3_000,
  pageBytes: 4 * 1024 * 1024,
};
