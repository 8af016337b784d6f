/**
 * Objects as the server answered our own writes, for as long as the cache is behind them: a further write built on the cached
 * state would only be refused as a conflict.
 */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Informer } from "#pkg/client/index.ts";
import { isAtLeast } from "./own-writes.ts";

export class Latest<T extends KubeObject> {
  readonly #cache: Pick<Informer<T>, "resourceVersion">;
  /** By uid; an entry goes once the cache has reached it or the object is gone (`forget`). */
  readonly #written = new Map<string, T>();

  constructor(cache: Pick<Informer<T>, "resourceVersion">) {
    this.#cache = cache;
  }

  /** Without managedFields, which informers leave out too: the server keeps its own. */
  wrote(object: T): void {
    const { managedFields: _dropped, ...metadata } = object.metadata;
    this.#written.set(metadata.uid ?? "", { ...object, metadata });
  }

  /** The newer of the cached state and ours. */
  of(cached: Readonly<T>): Readonly<T> {
    const { uid = "", resourceVersion = "" } = cached.metadata;
    const own = this.#written.get(uid);
    if (!own) return cached;
    const version = own.metadata.resourceVersion ?? "";
    if (!isAtLeast(resourceVersion, version) && !isAtLeast(this.#cache.resourceVersion, version)) return own;
    this.#written.delete(uid);
    return cached;
  }

  forget(uid: string): void {
    this.#written.delete(uid);
  }
}
