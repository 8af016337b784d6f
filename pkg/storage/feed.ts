/**
 * The one watch of etcd that feeds every cache: an event goes to the longest registered prefix of its key. A cut stream
 * resumes behind the last revision seen; when that is compacted, every resource is loaded anew and compared.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { Queue } from "#pkg/apimachinery/queue.ts";
import type { EtcdClient } from "./etcd/client.ts";
import { EtcdError, isEtcdError } from "./etcd/errors.ts";
import type { WatchEvent } from "./etcd/messages.ts";
import { HistoryLostError, WatchStream } from "./etcd/watch-stream.ts";
import { loadState } from "./loader.ts";
import type { StorageLimits, StorageObserver } from "./options.ts";
import type { OwnWrites } from "./own-writes.ts";
import type { ResourceCache } from "./resource-cache.ts";
import { Revisions } from "./revisions.ts";

const BACKOFF_MS_MIN = 50;
const BACKOFF_MS_MAX = 2_000;
/** Resources loaded at the same time. */
const LOADS_MAX = 4;
/** Watches told of what one message of etcd holds, in one turn: a few events of a resource that hundreds watch, hundreds of one that nobody does. */
const DELIVERIES_MAX = 400;
/** Of so many events waiting nobody is spared. */
const BACKLOG_MAX = 10_000;

export interface FeedOptions {
  readonly client: EtcdClient;
  readonly clock: Clock;
  readonly prefix: string;
  readonly limits: StorageLimits;
  readonly observer: StorageObserver | undefined;
  /** Undefined: other processes write as well. */
  readonly ownWrites: OwnWrites | undefined;
}

/** What etcd has told and the caches have not taken yet. */
class Backlog {
  readonly events = new Queue<WatchEvent>();
  /** Behind the events: everything up to here was sent. */
  progress = 0;
}

export class Feed {
  readonly revisions: Revisions;
  readonly #options: FeedOptions;
  readonly #caches = new Map<string, ResourceCache>();
  readonly #abort = new AbortController();
  readonly #loadQueue: ResourceCache[] = [];
  #loads = 0;
  #backlog = new Backlog();
  #isApplying = false;
  #stream: WatchStream | undefined;
  #trustsProgress = false;
  #running: Promise<void> = Promise.resolve();

  constructor(options: FeedOptions) {
    this.#options = options;
    this.revisions = new Revisions({
      client: options.client,
      clock: options.clock,
      probeKey: `${options.prefix}health`,
      waitMsMax: options.limits.freshnessMsMax,
      ownWrites: options.ownWrites,
      nudge: () => this.#nudge(),
    });
  }

  /** Learns the current revision and begins to watch behind it. */
  async start(): Promise<void> {
    this.revisions.advance(await this.revisions.current());
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#abort.abort(new EtcdError("canceled", "storage is closed", { maybeApplied: false }));
    await this.#running;
  }

  add(cache: ResourceCache): void {
    this.#caches.set(cache.spec.prefix, cache);
    this.#enqueueLoad(cache);
  }

  remove(cache: ResourceCache): void {
    this.#caches.delete(cache.spec.prefix);
    const queued = this.#loadQueue.indexOf(cache);
    if (queued >= 0) this.#loadQueue.splice(queued, 1);
  }

  /** The cache of the longest registered prefix. */
  route(key: string): ResourceCache | undefined {
    for (let slash = key.lastIndexOf("/"); slash > 0; slash = key.lastIndexOf("/", slash - 1)) {
      const cache = this.#caches.get(key.slice(0, slash + 1));
      if (cache) return cache;
    }
    return undefined;
  }

  async #run(): Promise<void> {
    const { clock, observer, client } = this.#options;
    const { signal } = this.#abort;
    let backoffMs = BACKOFF_MS_MIN;
    while (!signal.aborted) {
      try {
        await this.#watchOnce(() => {
          backoffMs = BACKOFF_MS_MIN;
        });
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof HistoryLostError) await this.#recover(() => this.#relist());
        else {
          observer?.watchCut?.(error instanceof Error ? error : new Error(String(error)));
          if (isEtcdError(error, "unavailable")) client.moveOn();
        }
      }
      // Half of the wait is random: servers that were cut together do not come back together.
      await clock.sleep(backoffMs * (0.5 + Math.random() / 2), signal).catch(() => {});
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX);
      await this.#recover(() => this.#detectRewind());
    }
  }

  /** A failure here shows itself again at the next attempt to watch. */
  async #recover(step: () => Promise<void>): Promise<void> {
    if (this.#abort.signal.aborted) return;
    try {
      await step();
    } catch (error) {
      this.#options.observer?.watchCut?.(error instanceof Error ? error : new Error(String(error)));
    }
  }

  async #watchOnce(onCreated: () => void): Promise<never> {
    const { client, prefix } = this.#options;
    // What the last stream gave, so that the next begins behind it.
    while (this.#backlog.events.length > 0) this.#applyPortion();
    const { signal } = this.#abort;
    this.#trustsProgress = isProgressOrdered((await client.status(signal)).version);
    const stream = new WatchStream(client, {
      prefix,
      startRevision: this.revisions.seen + 1,
      signal,
      onCreated,
      onEvents: (events) => this.#receive(events),
      onProgress: (revision, asked) => {
        if (asked && !this.#trustsProgress) return;
        this.#backlog.progress = revision;
        this.#apply();
      },
    });
    this.#stream = stream;
    try {
      return await stream.over;
    } finally {
      this.#stream = undefined;
    }
  }

  #receive(events: readonly WatchEvent[]): void {
    for (const event of events) this.#backlog.events.push(event);
    this.#apply();
  }

  /** As much as its watches can be told of in one turn of the event loop, the rest in later ones. */
  #apply(): void {
    if (this.#isApplying) return;
    this.#applyPortion();
    if (this.#backlog.events.length > 0) this.#applyMore();
  }

  #applyMore(): void {
    this.#isApplying = true;
    setImmediate(() => {
      this.#isApplying = false;
      try {
        this.#apply();
      } catch (error) {
        this.#stream?.fail(error);
      }
    });
  }

  #applyPortion(): void {
    try {
      this.#applySome();
    } catch (error) {
      // All of it is asked for again, from behind the last that was seen.
      this.#backlog = new Backlog();
      throw error;
    }
  }

  /** Whole revisions, until their watches have enough to do. */
  #applySome(): void {
    const { seen } = this.revisions;
    const { events } = this.#backlog;
    const deliveriesMax = events.length < BACKLOG_MAX ? DELIVERIES_MAX : Number.POSITIVE_INFINITY;
    let newest = seen;
    let deliveries = 0;
    const touched: ResourceCache[] = [];
    for (let event = events.at(0); event; event = events.at(0)) {
      const { key, modRevision } = event.kv;
      if (deliveries >= deliveriesMax && modRevision > newest) break;
      events.shift();
      if (modRevision <= seen) continue;
      newest = modRevision;
      const cache = this.route(key);
      if (!cache) continue;
      this.#options.ownWrites?.saw(modRevision, event.deleted);
      cache.apply(event);
      if (!touched.includes(cache)) touched.push(cache);
      deliveries += 1 + cache.watchers.size;
    }
    for (const cache of touched) cache.flush();
    this.revisions.advance(events.length > 0 ? newest : Math.max(newest, this.#backlog.progress));
  }

  /** Events between what was seen and now cannot be had any more. */
  async #relist(): Promise<void> {
    const revision = await this.revisions.current();
    this.#options.observer?.relisted?.();
    this.#reload(() => this.revisions.advance(revision));
  }

  /** A quorum read can show less than was seen only if etcd was restored from a backup. */
  async #detectRewind(): Promise<void> {
    const revision = await this.revisions.current();
    if (revision >= this.revisions.seen) return;
    this.#options.observer?.relisted?.();
    this.#reload(() => this.revisions.rewind(revision));
  }

  #reload(move: () => void): void {
    for (const cache of this.#caches.values()) cache.beginFill();
    this.#backlog = new Backlog();
    move();
    this.#loadQueue.length = 0;
    for (const cache of this.#caches.values()) this.#enqueueLoad(cache);
  }

  async #nudge(): Promise<void> {
    const { client, prefix } = this.#options;
    if (this.#trustsProgress) {
      this.#stream?.requestProgress();
      return;
    }
    if (!this.#stream) return;
    // This etcd may announce progress before it has sent the events. A write that the watch itself delivers cannot lie.
    const put = { key: `${prefix}kubets.io/progress`, value: Buffer.from("1") };
    await client.txn("progress", { compare: [], success: [{ put }], failure: [] });
  }

  #enqueueLoad(cache: ResourceCache): void {
    this.#loadQueue.push(cache);
    this.#startLoads();
  }

  #startLoads(): void {
    while (this.#loads < LOADS_MAX) {
      const cache = this.#loadQueue.shift();
      if (!cache) return;
      this.#loads += 1;
      void this.#load(cache).finally(() => {
        this.#loads -= 1;
        this.#startLoads();
      });
    }
  }

  async #load(cache: ResourceCache): Promise<void> {
    const { client, clock, limits, observer } = this.#options;
    const { signal } = this.#abort;
    let backoffMs = BACKOFF_MS_MIN;
    while (!signal.aborted && this.#caches.get(cache.spec.prefix) === cache && !cache.ready) {
      const generation = cache.generation;
      try {
        const owns = (key: string): boolean => this.route(key) === cache;
        const state = await loadState({ client, cache, owns, pageBytes: limits.pageBytes, signal });
        this.revisions.told(state.revision);
        if (cache.generation === generation && !cache.ready && cache.fill(state)) return;
      } catch (error) {
        if (signal.aborted) return;
        observer?.loadFailed?.(cache.spec.prefix, error);
      }
      await clock.sleep(backoffMs, signal).catch(() => {});
      backoffMs = Math.min(backoffMs * 2, BACKOFF_MS_MAX);
    }
  }
}

/** Whether progress answers come behind the events they cover: etcd 3.4.31, 3.5.13 and later (etcd issue 15220). */
export function isProgressOrdered(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version.split(/[.+-]/).map(Number);
  if (major !== 3) return major > 3;
  if (minor === 4) return patch >= 31;
  if (minor === 5) return patch >= 13;
  return minor > 5;
}
