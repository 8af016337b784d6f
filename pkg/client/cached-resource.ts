/** One resource in memory, kept up to date by a list and a watch: the informer behind `Informer`. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import { orAborted } from "./cancel.ts";
import { Reflector, type ReflectorSink } from "./reflector.ts";
import { Store, type ValuesOf } from "./store.ts";
import type { Informer, InformerHandler, InformerOptions, ResourceClient } from "./types.ts";

export interface CachedResourceOptions<T extends KubeObject> {
  readonly client: ResourceClient<T>;
  readonly selection: InformerOptions;
  readonly clock: Clock;
  readonly log: Logger;
}

export class CachedResource<T extends KubeObject> implements Informer<T>, ReflectorSink<T> {
  readonly ref: ResourceRef<T>;
  readonly #options: CachedResourceOptions<T>;
  readonly #store = new Store<T>();
  readonly #handlers: InformerHandler<T>[] = [];
  readonly #firstSync = Promise.withResolvers<void>();
  readonly #apiVersion: string;
  isSynced = false;
  resourceVersion = "";

  constructor(options: CachedResourceOptions<T>) {
    this.#options = options;
    this.ref = options.client.ref;
    this.#apiVersion = this.ref.group ? `${this.ref.group}/${this.ref.version}` : this.ref.version;
  }

  get(key: string): Readonly<T> | undefined {
    return this.#store.get(key);
  }

  list(namespace?: string): Iterable<Readonly<T>> {
    return this.#store.list(namespace);
  }

  byIndex(index: string, value: string): Iterable<Readonly<T>> {
    return this.#store.byIndex(index, value);
  }

  addIndex(index: string, valuesOf: ValuesOf<T>): void {
    this.#store.addIndex(index, valuesOf);
  }

  addHandler(handler: InformerHandler<T>): void {
    this.#handlers.push(handler);
    for (const object of this.#store.list()) this.#call(handler, (h) => h.added?.(object, true), object);
  }

  synced(signal?: AbortSignal): Promise<void> {
    return this.isSynced ? Promise.resolve() : orAborted(this.#firstSync.promise, signal);
  }

  /** Runs until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { client, selection, clock, log } = this.#options;
    const resync = selection.resyncMs ? this.#resync(selection.resyncMs, signal) : undefined;
    await new Reflector<T>({ client, selection, clock, log, sink: this }).run(signal);
    await resync;
  }

  /** The whole state at one resourceVersion: tells handlers what differs from the cache. */
  replace(objects: readonly T[], resourceVersion: string): void {
    const present = new Set<string>();
    for (const object of objects) {
      present.add(keyOf(object));
      this.#put(object, !this.isSynced);
    }
    for (const key of [...this.#store.keys()]) {
      if (!present.has(key)) this.#remove(key);
    }
    this.resourceVersion = resourceVersion;
    if (this.isSynced) return;
    this.isSynced = true;
    this.#firstSync.resolve();
  }

  put(object: T): void {
    this.#put(object, false);
    this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
  }

  remove(object: T): void {
    this.resourceVersion = object.metadata.resourceVersion ?? this.resourceVersion;
    this.#remove(keyOf(object), this.#shaped(object));
  }

  progress(resourceVersion: string): void {
    this.resourceVersion = resourceVersion;
  }

  /** What the cache keeps of an object: always its kind, and managedFields only on demand. */
  #shaped(object: T): T {
    const { managedFields: _dropped, ...kept } = object.metadata;
    const metadata = this.#options.selection.keepManagedFields ? object.metadata : kept;
    return { ...object, apiVersion: this.#apiVersion, kind: this.ref.kind, metadata };
  }

  #put(object: T, initial: boolean): void {
    const known = this.#store.get(keyOf(object));
    if (known && known.metadata.resourceVersion === object.metadata.resourceVersion) return;
    const shaped = this.#shaped(object);
    const old = this.#store.set(shaped);
    if (old && old.metadata.uid !== shaped.metadata.uid) {
      this.#tell((h) => h.deleted?.(old), old);
      this.#tell((h) => h.added?.(shaped, initial), shaped);
    } else if (old) this.#tell((h) => h.updated?.(shaped, old), shaped);
    else this.#tell((h) => h.added?.(shaped, initial), shaped);
  }

  #remove(key: string, last?: T): void {
    const old = this.#store.delete(key);
    if (old) this.#tell((h) => h.deleted?.(last ?? old), old);
  }

  #tell(event: (handler: InformerHandler<T>) => void, object: Readonly<T>): void {
    for (const handler of this.#handlers) this.#call(handler, event, object);
  }

  #call(handler: InformerHandler<T>, event: (handler: InformerHandler<T>) => void, object: Readonly<T>): void {
    try {
      event(handler);
    } catch (error) {
      this.#options.log.error({ err: error, resource: this.ref.plural, object: keyOf(object as T) }, "handler failed");
    }
  }

  async #resync(everyMs: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(everyMs, signal).catch(() => {});
      if (signal.aborted) return;
      for (const object of this.#store.list()) this.#tell((h) => h.updated?.(object, object), object);
    }
  }
}
