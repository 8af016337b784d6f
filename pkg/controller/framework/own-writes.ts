/**
 * What this controller has written and its cache may not show yet. A plan made on `view` never counts a pod twice or misses one.
 *
 * Why this is right under a stale cache: a cache at resourceVersion c shows every write up to c. A create that the server
 * answered with resourceVersion r is kept here until the cache has shown the object, or c ≥ r; until then it is missing from the
 * cache and `view` adds it, afterwards the cache alone tells the truth (an object absent at c ≥ r was deleted since). A delete
 * that the server accepted is kept until the cache shows the object terminating or gone, which it must some time; until then
 * `view` leaves the object out of what may be deleted again. No timers, no counting of events. Only a create whose answer was
 * lost is unknown to both; it ends with an error, and the backoff lets the cache catch up before the next look.
 */
import { type KubeObject, keyOf } from "#pkg/apimachinery/object.ts";
import type { Informer } from "#pkg/client/index.ts";

interface Own<T> {
  readonly created: Map<string, T>;
  readonly deleted: Set<string>;
}

export class OwnWrites<T extends KubeObject> {
  readonly #cache: Informer<T>;
  readonly #owners = new Map<string, Own<T>>();

  constructor(cache: Informer<T>) {
    this.#cache = cache;
  }

  created(owner: string, object: T): void {
    this.#of(owner).created.set(object.metadata.uid ?? "", object);
  }

  deleted(owner: string, object: Readonly<T>): void {
    const own = this.#of(owner);
    const uid = object.metadata.uid ?? "";
    own.created.delete(uid);
    own.deleted.add(uid);
  }

  /** The cache's objects of one owner, corrected by what was written since. `now` dates our own deletions. */
  view(owner: string, cached: Iterable<Readonly<T>>, now: number): Readonly<T>[] {
    const own = this.#owners.get(owner);
    if (!own) return [...cached];
    const objects: Readonly<T>[] = [];
    const seen = new Set<string>();
    for (const object of cached) {
      const uid = object.metadata.uid ?? "";
      seen.add(uid);
      own.created.delete(uid);
      if (own.deleted.has(uid) && !object.metadata.deletionTimestamp) objects.push(terminating(object, now));
      else {
        own.deleted.delete(uid);
        objects.push(object);
      }
    }
    for (const [uid, object] of own.created) {
      if (this.#shown(object)) own.created.delete(uid);
      else objects.push(object);
    }
    for (const uid of own.deleted) if (!seen.has(uid)) own.deleted.delete(uid);
    if (own.created.size === 0 && own.deleted.size === 0) this.#owners.delete(owner);
    return objects;
  }

  forget(owner: string): void {
    this.#owners.delete(owner);
  }

  #of(owner: string): Own<T> {
    const known = this.#owners.get(owner);
    if (known) return known;
    const own: Own<T> = { created: new Map(), deleted: new Set() };
    this.#owners.set(owner, own);
    return own;
  }

  /** The cache has reached the create: what it shows, or does not show, is the truth. */
  #shown(object: T): boolean {
    const cached = this.#cache.get(keyOf(object));
    if (cached?.metadata.uid === object.metadata.uid) return true;
    return isAtLeast(this.#cache.resourceVersion, object.metadata.resourceVersion ?? "0");
  }
}

/** Resource versions of one resource are integers that grow. */
export function isAtLeast(version: string, wanted: string): boolean {
  if (version.length !== wanted.length) return version.length > wanted.length;
  return version >= wanted;
}

function terminating<T extends KubeObject>(object: Readonly<T>, now: number): Readonly<T> {
  const deletionTimestamp = `${new Date(now).toISOString().slice(0, 19)}Z`;
  return { ...object, metadata: { ...object.metadata, deletionTimestamp } };
}
