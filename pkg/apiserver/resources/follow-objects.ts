/** Follows the objects of a store: what goes while the watch is interrupted is noticed too. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceStore, StoredObject, WatchItem } from "#pkg/storage/types.ts";
import { type FollowOptions, followStore } from "./follow.ts";

export interface ObjectConsumer {
  /** A new object, or another state of a known one; the same state may come again. */
  put(object: Readonly<KubeObject>): void;
  /** With the last state that was put. */
  remove(object: Readonly<KubeObject>): void;
}

/** Resolves when all that exists was put. */
export function followObjects(
  store: ResourceStore,
  { put, remove }: ObjectConsumer,
  options: Omit<FollowOptions, "begun">,
): Promise<void> {
  const known = new Map<string, StoredObject>();
  /** Known before an interruption and not seen since. */
  let unseen = new Set<string>();
  const forget = (key: string): void => {
    const last = known.get(key);
    known.delete(key);
    unseen.delete(key);
    if (last) remove(last.object);
  };
  const take = (item: WatchItem): void => {
    if (item.kind === "event") {
      const { type, current } = item.event;
      if (type === "DELETED") forget(current.key);
      else {
        known.set(current.key, current);
        unseen.delete(current.key);
        put(current.object);
      }
    } else if (item.kind === "bookmark" && item.initial) {
      for (const key of unseen) forget(key);
    }
  };
  const begun = (): void => {
    unseen = new Set(known.keys());
  };
  return followStore(store, (items) => items.forEach(take), { ...options, begun });
}
