/**
 * Everything known of one resource: its objects, its recent past, and who watches. Fed by one writer (the feed), in
 * the order of revisions; every change is synchronous, so that readers always see whole revisions.
 */
import { TransientMap } from "#pkg/apimachinery/transient-map.ts";
import { watchTooOld } from "./errors.ts";
import type { KeyValue, WatchEvent } from "./etcd/messages.ts";
import { FieldIndex } from "./field-index.ts";
import { History } from "./history.ts";
import type { StorageLimits, StorageObserver } from "./options.ts";
import { SortedObjects } from "./sorted-objects.ts";
import { CachedEvent, type CachedObject, cacheObject, ownObject, type WrittenObject } from "./stored.ts";
import type { StoreSpec } from "./types.ts";
import { WatcherSet } from "./watcher-set.ts";

/** Changes kept while the first state is still being loaded; more than that, and loading starts again. */
const PENDING_MAX = 100_000;
/** Own writes whose events have not come yet; beyond this they are parsed like anybody else's. */
const WRITTEN_MAX = 10_000;

interface Change {
  readonly key: string;
  readonly revision: number;
  /** Undefined: deleted. */
  readonly object: CachedObject | undefined;
}

export interface LoadedState {
  readonly revision: number;
  readonly objects: readonly CachedObject[];
}

export interface CacheContext {
  readonly limits: StorageLimits;
  readonly observer: StorageObserver | undefined;
  /** The newest revision of which the feed has given everything. */
  readonly feedRevision: () => number;
}

export class ResourceCache {
  readonly spec: StoreSpec;
  readonly objects = new SortedObjects();
  readonly #written = new TransientMap<string, CachedObject>();
  readonly #inFlight = new TransientMap<string, WrittenObject>();
  readonly index: FieldIndex;
  readonly history: History;
  readonly watchers: WatcherSet;
  readonly #context: CacheContext;
  #pending: Change[] | undefined = [];
  #pendingOverflowed = false;
  /** The state at this revision was loaded as a whole: older events of the feed are in it already. */
  #loadedAt = 0;
  /** What readers may be told while the state is loaded anew. */
  #frozenAt = 0;
  #filled = Promise.withResolvers<void>();
  #everFilled = false;
  #generation = 0;

  constructor(spec: StoreSpec, context: CacheContext) {
    this.spec = spec;
    this.#context = context;
    this.index = new FieldIndex(spec.indexed);
    this.history = new History(context.limits);
    this.watchers = new WatcherSet(spec.prefix, context.limits);
    this.#filled.promise.catch(() => {});
  }

  /** All of the resource up to here is in the cache. */
  get revision(): number {
    return this.#pending ? this.#frozenAt : Math.max(this.#loadedAt, this.#context.feedRevision());
  }

  get ready(): boolean {
    return this.#pending === undefined;
  }

  get everFilled(): boolean {
    return this.#everFilled;
  }

  /** Resolves when the state is loaded; rejects when the resource is released. */
  get filled(): Promise<void> {
    return this.#filled.promise;
  }

  /** Grows with every `beginFill`: a state loaded for an older one is void. */
  get generation(): number {
    return this.#generation;
  }

  /** From now on events wait until `fill`. */
  beginFill(): void {
    this.#generation += 1;
    this.#frozenAt = this.revision;
    this.#loadedAt = 0;
    if (!this.#pending) {
      this.#filled = Promise.withResolvers<void>();
      this.#filled.promise.catch(() => {});
    }
    this.#pending = [];
    this.#pendingOverflowed = false;
  }

  /**
   * Takes a state loaded after `beginFill`, then what has happened since. False: too much has, load again.
   * Watches that may have missed something end with 410; those in whose scope nothing changed go on.
   */
  fill(state: LoadedState): boolean {
    const pending = this.#pending;
    if (!pending) throw new Error(`${this.spec.prefix} was not being filled`);
    if (this.#pendingOverflowed) {
      this.beginFill();
      return false;
    }
    this.#replace(state);
    this.#pending = undefined;
    this.#everFilled = true;
    for (const change of pending) this.#commit(change);
    this.flush();
    this.#filled.resolve();
    return true;
  }

  /** One event of the feed. Nobody is woken before `flush`. */
  apply(event: WatchEvent): void {
    const { key, modRevision } = event.kv;
    if (modRevision <= this.#loadedAt) return;
    const change: Change = { key, revision: modRevision, object: event.deleted ? undefined : this.decode(event.kv) };
    if (!this.#pending) this.#commit(change);
    else if (this.#pending.length < PENDING_MAX) this.#pending.push(change);
    else this.#pendingOverflowed = true;
  }

  flush(): void {
    this.watchers.flush();
  }

  /** A write begins: should its event come before etcd's answer, nobody need parse it. Dispose when the answer is there. */
  writing(key: string, write: WrittenObject): Disposable {
    this.#inFlight.set(key, write);
    return {
      [Symbol.dispose]: () => {
        if (this.#inFlight.get(key) === write) this.#inFlight.delete(key);
      },
    };
  }

  /** The state of this revision, when its event has come already. */
  known(key: string, revision: number): CachedObject | undefined {
    const known = this.objects.get(key);
    return known?.revision === revision ? known : undefined;
  }

  /** A state that this process has just written, and of which the feed will tell. */
  wrote(object: CachedObject): CachedObject {
    if (this.#written.size >= WRITTEN_MAX) this.#written.clear();
    this.#written.set(object.key, object);
    return object;
  }

  /** Undefined for a value that is no object: nobody can read it, so that for readers it does not exist. */
  decode(kv: KeyValue): CachedObject | undefined {
    const own = this.#written.get(kv.key);
    if (own && own.revision <= kv.modRevision) this.#written.delete(kv.key);
    if (own?.revision === kv.modRevision) return own;
    const inFlight = this.#inFlight.get(kv.key);
    try {
      if (inFlight?.json.equals(kv.value)) return ownObject(kv.key, kv.modRevision, inFlight, this.spec);
      return cacheObject({ key: kv.key, value: kv.value, revision: kv.modRevision }, this.spec);
    } catch (error) {
      this.#context.observer?.undecodable?.(kv.key, error);
      return undefined;
    }
  }

  /** Ends everything: the resource is gone. */
  close(reason: Error): void {
    this.#filled.reject(reason);
    this.watchers.closeAll();
  }

  #commit(change: Change): void {
    if (change.revision <= this.#loadedAt) return;
    const event = change.object ? this.#put(change.object) : this.#remove(change.key, change.revision);
    if (!event) return;
    this.history.push(event);
    this.watchers.publish(event);
  }

  #put(object: CachedObject): CachedEvent {
    const previous = this.objects.set(object);
    if (previous) this.index.remove(previous);
    this.index.add(object);
    return new CachedEvent(previous ? "MODIFIED" : "ADDED", object, previous);
  }

  #remove(key: string, revision: number): CachedEvent | undefined {
    const previous = this.objects.delete(key);
    if (!previous) return undefined;
    this.index.remove(previous);
    return new CachedEvent("DELETED", previous.at(revision), previous);
  }

  #replace(state: LoadedState): void {
    const rewound = state.revision < this.#frozenAt;
    const changed = new Set<string>();
    const kept = new Set<string>();
    for (const object of state.objects) {
      kept.add(object.key);
      const known = this.objects.get(object.key);
      if (known?.revision === object.revision && !rewound) continue;
      changed.add(object.key);
      this.#put(object);
    }
    for (const object of [...this.objects]) {
      if (kept.has(object.key)) continue;
      changed.add(object.key);
      this.#remove(object.key, state.revision);
    }
    this.#loadedAt = state.revision;
    this.history.reset(state.revision);
    const expire = (at: number): Error => watchTooOld(at, state.revision);
    this.watchers.failWhere((watcher) => rewound || this.watchers.concerns(watcher, changed), expire);
  }
}
