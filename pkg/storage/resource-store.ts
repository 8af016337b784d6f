/** The objects of one resource: reads from the cache once it is as fresh as asked, writes to etcd. */

import type { Clock } from "#pkg/apimachinery/clock.ts";
import { abortable } from "./abortable.ts";
import { type DirectReader, getDirect, listDirect } from "./direct-read.ts";
import { tooLargeRevision, watchTooOld } from "./errors.ts";
import type { EtcdClient } from "./etcd/client.ts";
import type { LeasePool } from "./lease-pool.ts";
import type { StorageLimits } from "./options.ts";
import type { ResourceCache } from "./resource-cache.ts";
import type { Revisions } from "./revisions.ts";
import { pageNow, pageThen } from "./snapshot.ts";
import { spliceResourceVersion } from "./splice.ts";
import { CachedEvent, type CachedObject } from "./stored.ts";
import {
  type ListOptions,
  type ListPage,
  type ReadAt,
  type ResourceStore,
  RevisionConflictError,
  type StoredObject,
  type Watch,
  type WatchItem,
  type WatchOptions,
  type WriteOptions,
} from "./types.ts";
import { WritePace } from "./write-pace.ts";
import { createObject, deleteObject, updateObject, type Writer } from "./writes.ts";

export interface StoreContext {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly leases: LeasePool;
  readonly revisions: Revisions;
  readonly limits: StorageLimits;
}

/** Where the answer to a read is: in the cache as it is now, or only in etcd, at a revision. */
type Source = { readonly cached: true } | { readonly cached: false; readonly revision: number };

const fromCache: Source = { cached: true };

export class CachedStore implements ResourceStore {
  readonly cache: ResourceCache;
  readonly #context: StoreContext;
  readonly #writer: Writer;
  readonly #direct: DirectReader;
  readonly #pace: WritePace;

  constructor(cache: ResourceCache, context: StoreContext) {
    this.cache = cache;
    this.#context = context;
    const { client, clock, leases, limits, revisions } = context;
    const decode = cache.decode.bind(cache);
    this.#pace = new WritePace({ watchers: cache.watchers, revisions, clock });
    this.#writer = { client, leases, spec: cache.spec, revisions, decode, cache };
    this.#direct = { client, pageBytes: limits.pageBytes, decode, told: (revision) => revisions.told(revision) };
  }

  get prefix(): string {
    return this.cache.spec.prefix;
  }

  get size(): number {
    return this.cache.objects.size;
  }

  get bytes(): number {
    return this.cache.objects.bytes;
  }

  async get(key: string, at: ReadAt, signal?: AbortSignal): Promise<StoredObject | undefined> {
    if (at.kind === "exact") {
      const page = await this.list({ prefix: key, at, limit: 1, ...(signal ? { signal } : {}) });
      return page.items[0]?.key === key ? page.items[0] : undefined;
    }
    const source = await abortable(this.#source(at), signal);
    return source.cached ? this.cache.objects.get(key) : getDirect(this.#direct, key, source.revision, signal);
  }

  async list(options: ListOptions): Promise<ListPage> {
    const { at, signal } = options;
    const source = await abortable(this.#source(at), signal);
    if (!source.cached) return listDirect(this.#direct, options, source.revision, signal);
    if (at.kind !== "exact") return await pageNow(this.cache, options);
    // The cache may remember more than etcd: but what one server has forgotten, all have.
    if (at.revision < this.#context.revisions.compacted) return listDirect(this.#direct, options, at.revision, signal);
    if (at.revision === this.cache.revision) return await pageNow(this.cache, options);
    return pageThen(this.cache, at.revision, options) ?? (await listDirect(this.#direct, options, at.revision, signal));
  }

  async watch(options: WatchOptions): Promise<Watch> {
    const { signal, after, prefix } = options;
    const withState = options.initialEvents || after === undefined;
    const source = await abortable(
      this.#source(withState ? (options.at ?? { kind: "latest" }) : { kind: "any" }),
      signal,
    );
    if (!source.cached) throw tooLargeRevision(source.revision, this.cache.revision);
    // From here to `open` nothing waits: the state, the history and the events to come have no gap between them.
    const { cache } = this;
    const initial = withState ? this.#state(options) : this.#since(after, options);
    const watcher = cache.watchers.open(
      { prefix, single: options.single ?? false },
      {
        initial,
        after: withState ? cache.revision : after,
        delivered: withState ? 0 : after,
        cacheRevision: () => cache.revision,
      },
    );
    const close = (): void => watcher.close();
    signal.addEventListener("abort", close, { once: true });
    void watcher.ended.then(() => signal.removeEventListener("abort", close));
    return watcher;
  }

  create(key: string, json: Buffer, options?: WriteOptions): Promise<StoredObject> {
    return this.#pace.run(() => createObject(this.#writer, key, json, options));
  }

  /** Bytes equal to those stored are not written: the state and its revision stay, as upstream does. */
  async update(key: string, json: Buffer, expected: number, options?: WriteOptions): Promise<StoredObject> {
    const mayBeSame = !options?.changed && !options?.ttlSeconds;
    const same = mayBeSame ? await this.#unchanged(key, json, expected, options?.signal) : undefined;
    return same ?? this.#pace.run(() => updateObject(this.#writer, { key, json, expected, options }));
  }

  async delete(key: string, expected: number, options?: WriteOptions): Promise<StoredObject> {
    const cached = this.cache.objects.get(key);
    const last = cached?.revision === expected ? cached : await getDirect(this.#direct, key, 0, options?.signal);
    if (last?.revision !== expected) throw new RevisionConflictError(key, last);
    return this.#pace.run(() => deleteObject(this.#writer, last, options));
  }

  /** The state, when it is still the expected one and has these bytes. */
  async #unchanged(
    key: string,
    json: Buffer,
    expected: number,
    signal: AbortSignal | undefined,
  ): Promise<StoredObject | undefined> {
    const known = this.cache.objects.get(key);
    if (known?.revision !== expected || !known.bytes.equals(spliceResourceVersion(json, expected))) return undefined;
    const now = await this.get(key, { kind: "latest" }, signal);
    if (now?.revision !== expected) throw new RevisionConflictError(key, now);
    return now;
  }

  /** Waits until the cache may answer, or finds that it cannot. */
  async #source(at: ReadAt): Promise<Source> {
    const { cache } = this;
    if (at.kind === "any") {
      if (!cache.everFilled) await cache.filled;
      return fromCache;
    }
    if (at.kind === "latest") {
      const { revision, reached } = await this.#context.revisions.latest();
      return (reached || cache.revision >= revision) && (await this.#filledTo(revision))
        ? fromCache
        : { cached: false, revision };
    }
    if (!(await this.#filledTo(at.revision))) {
      throw tooLargeRevision(at.revision, cache.revision, { exact: at.kind === "exact" });
    }
    return fromCache;
  }

  /** Whether this resource's state is as new as the revision, now or after a bounded wait. */
  async #filledTo(revision: number): Promise<boolean> {
    const { cache } = this;
    if (!cache.ready) await cache.filled;
    if (cache.revision >= revision) return true;
    return (await this.#context.revisions.reach(revision)) && cache.ready && cache.revision >= revision;
  }

  #selected({ prefix, single }: WatchOptions): readonly CachedObject[] {
    const { objects } = this.cache;
    if (!single) return objects.slice(prefix, prefix);
    const one = objects.get(prefix);
    return one ? [one] : [];
  }

  #state(options: WatchOptions): Iterator<WatchItem> {
    return stateItems(this.#selected(options), options.initialEvents ? this.cache.revision : undefined);
  }

  #since(after: number, { prefix, single }: WatchOptions): Iterator<WatchItem> {
    const { history } = this.cache;
    const events = history.after(after);
    if (!events) throw watchTooOld(after, history.floor);
    const concerned = (key: string): boolean => (single ? key === prefix : key.startsWith(prefix));
    return eventItems(events.filter((event) => concerned(event.current.key)));
  }
}

/** The state as ADDED events; their objects' own revisions, as upstream sends them. */
function* stateItems(
  objects: readonly CachedObject[],
  bookmarkAt: number | undefined,
): Generator<WatchItem, void, void> {
  for (const object of objects) yield { kind: "event", event: new CachedEvent("ADDED", object), isState: true };
  if (bookmarkAt !== undefined) yield { kind: "bookmark", revision: bookmarkAt, initial: true };
}

function* eventItems(events: readonly CachedEvent[]): Generator<WatchItem, void, void> {
  for (const event of events) yield { kind: "event", event };
}
