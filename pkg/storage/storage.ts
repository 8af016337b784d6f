/** Storage on etcd: one connection, one watch, and a cache for every resource that is asked for. */
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { abortable } from "./abortable.ts";
import { runCompactor } from "./compactor.ts";
import { EtcdClient } from "./etcd/client.ts";
import { EtcdError } from "./etcd/errors.ts";
import { Feed } from "./feed.ts";
import { LeasePool } from "./lease-pool.ts";
import { defaultLimits, type StorageLimits, type StorageOptions } from "./options.ts";
import { OwnWrites } from "./own-writes.ts";
import { EtcdRawStore } from "./raw-store.ts";
import { ResourceCache } from "./resource-cache.ts";
import { CachedStore } from "./resource-store.ts";
import type { RawStore, ResourceStore, Storage, StoreSpec } from "./types.ts";

const CONNECT_MS_MAX = 60_000;
const CONNECT_RETRY_MS = 250;
const COMPACTION_MS = 5 * 60_000;
const HEALTH_MS_MAX = 2_000;

interface Parts {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly limits: StorageLimits;
  readonly feed: Feed;
  readonly options: StorageOptions;
}

class EtcdStorage implements Storage {
  readonly raw: RawStore;
  readonly #parts: Parts;
  readonly #leases: LeasePool;
  readonly #stores = new Map<string, CachedStore>();
  readonly #abort = new AbortController();
  readonly #compaction: Promise<void>;

  constructor(parts: Parts) {
    const { client, clock, options } = parts;
    this.#parts = parts;
    this.#leases = new LeasePool(client, clock);
    this.raw = new EtcdRawStore(client, this.#leases);
    const intervalMs = options.compactionIntervalMs ?? COMPACTION_MS;
    const { signal } = this.#abort;
    const onError = (error: unknown): void => options.observer?.compactionFailed?.(error);
    const onCompacted = (revision: number): void => parts.feed.revisions.compactedTo(revision);
    this.#compaction =
      intervalMs > 0 ? runCompactor({ client, clock, intervalMs, signal, onCompacted, onError }) : Promise.resolve();
  }

  store(spec: StoreSpec): ResourceStore {
    const known = this.#stores.get(spec.prefix);
    if (known) return known;
    if (!spec.prefix.endsWith("/")) throw new Error(`the prefix ${spec.prefix} does not end with a slash`);
    if (this.#abort.signal.aborted) throw closed();
    const { client, clock, limits, feed, options } = this.#parts;
    const { revisions } = feed;
    const cache = new ResourceCache(spec, { limits, observer: options.observer, feedRevision: () => revisions.seen });
    const store = new CachedStore(cache, { client, clock, leases: this.#leases, revisions, limits });
    this.#stores.set(spec.prefix, store);
    feed.add(cache);
    return store;
  }

  release(prefix: string): void {
    const store = this.#stores.get(prefix);
    if (!store) return;
    this.#stores.delete(prefix);
    this.#parts.feed.remove(store.cache);
    store.cache.close(new Error(`the resource at ${prefix} is gone`));
  }

  async ready(signal?: AbortSignal): Promise<void> {
    await abortable(Promise.all([...this.#stores.values()].map((store) => store.cache.filled)), signal);
  }

  currentRevision(signal?: AbortSignal): Promise<number> {
    return abortable(this.#parts.feed.revisions.current(), signal);
  }

  async healthy(signal?: AbortSignal): Promise<void> {
    const timeout = AbortSignal.timeout(HEALTH_MS_MAX);
    await this.currentRevision(signal ? AbortSignal.any([signal, timeout]) : timeout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#abort.signal.aborted) return;
    this.#abort.abort(closed());
    for (const { cache } of this.#stores.values()) cache.close(closed());
    this.#stores.clear();
    await Promise.all([this.#parts.feed.stop(), this.#compaction]);
    this.#parts.client.close();
  }
}

const closed = (): EtcdError => new EtcdError("canceled", "storage is closed", { maybeApplied: false });

/** Waits for etcd's first answer. Throws the last error when none comes in time, or the signal's reason. */
export async function openStorage(options: StorageOptions): Promise<Storage> {
  const clock = options.clock ?? systemClock;
  const limits: StorageLimits = { ...defaultLimits, ...options.limits };
  const { observer } = options;
  const client = new EtcdClient({ ...options, clock });
  const prefix = options.prefix ?? "/registry/";
  const ownWrites = options.isSoleWriter ? new OwnWrites(clock) : undefined;
  const feed = new Feed({ client, clock, prefix, limits, observer, ownWrites });
  try {
    await connect(feed, clock, options);
  } catch (error) {
    client.close();
    throw error;
  }
  return new EtcdStorage({ client, clock, limits, feed, options });
}

async function connect(feed: Feed, clock: Clock, { connectMsMax, signal }: StorageOptions): Promise<void> {
  const until = clock.now() + (connectMsMax ?? CONNECT_MS_MAX);
  for (;;) {
    try {
      return await abortable(feed.start(), signal);
    } catch (error) {
      if (signal?.aborted || clock.now() >= until) throw error;
      await clock.sleep(CONNECT_RETRY_MS, signal);
    }
  }
}
