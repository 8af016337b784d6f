/**
 * Objects as they will be once writes that were decided on have gone through. An assumption holds while the watch shows
 * the very version that it was made from: whatever comes after that is newer than the decision, and the truth.
 */
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import type { Informer } from "#pkg/client/types.ts";

export type Lister<T extends KubeObject> = Pick<Informer<T>, "get" | "list" | "byIndex">;

export class Assumptions<T extends KubeObject> {
  readonly #watched: Lister<T>;
  readonly #assumed = new Map<string, Readonly<T>>();

  constructor(watched: Lister<T>) {
    this.#watched = watched;
  }

  /** The object as assumed, or else as watched. Key is `namespace/name` or `name`. */
  get(key: string): Readonly<T> | undefined {
    const watched = this.#watched.get(key);
    return watched && this.#current(key, watched);
  }

  /** The object as the watch shows it. */
  watched(key: string): Readonly<T> | undefined {
    return this.#watched.get(key);
  }

  /** Assumptions must not change what the index reads. */
  *byIndex(index: string, value: string): Iterable<Readonly<T>> {
    for (const watched of this.#watched.byIndex(index, value))
      yield this.#current(keyOf(watched as Readonly<KubeObject>), watched);
  }

  /** `object` has the resourceVersion that it was made from. Throws when that is not the newest any more. */
  assume(object: Readonly<T>): void {
    const key = keyOf(object as Readonly<KubeObject>);
    const watched = this.#watched.get(key)?.metadata.resourceVersion;
    const { resourceVersion } = object.metadata;
    if (watched !== resourceVersion) {
      throw new Error(`${JSON.stringify(key)} is out of sync (stored: ${watched}, assume: ${resourceVersion})`);
    }
    this.#sweep();
    this.#assumed.set(key, object);
  }

  /** Takes back this assumption, and no other about the same object. */
  forget(object: Readonly<T>): void {
    const key = keyOf(object as Readonly<KubeObject>);
    if (this.#assumed.get(key) === object) this.#assumed.delete(key);
  }

  /** Drops what newer versions, and deletions, have made void. */
  #sweep(): void {
    for (const [key, { metadata }] of this.#assumed) {
      if (this.#watched.get(key)?.metadata.resourceVersion !== metadata.resourceVersion) this.#assumed.delete(key);
    }
  }

  #current(key: string, watched: Readonly<T>): Readonly<T> {
    const assumed = this.#assumed.get(key);
    if (!assumed) return watched;
    if (assumed.metadata.resourceVersion === watched.metadata.resourceVersion) return assumed;
    this.#assumed.delete(key);
    return watched;
  }
}
