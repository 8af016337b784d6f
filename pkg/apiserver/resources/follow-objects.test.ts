import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "#pkg/apimachinery/log.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { ResourceStore, StoredObject, Watch, WatchItem } from "#pkg/storage/types.ts";
import { followObjects } from "./follow-objects.ts";

const stored = (name: string): StoredObject =>
  ({ key: `/things/${name}`, object: { metadata: { name } } }) as unknown as StoredObject;
const event = (type: "ADDED" | "DELETED", name: string): WatchItem =>
  ({ kind: "event", event: { type, current: stored(name) } }) as unknown as WatchItem;
const complete: WatchItem = { kind: "bookmark", revision: 1, initial: true };

/** A store whose watches give these items, each ending by itself; the last stays open. */
function interrupted(...states: readonly (readonly WatchItem[])[]): ResourceStore {
  let opened = 0;
  const watch = (): Promise<Watch> => {
    const items = [...(states[opened++] ?? [])];
    const open = opened >= states.length;
    return Promise.resolve({
      take: () => items.splice(0),
      onReady: () => {},
      ended: open ? new Promise(() => undefined) : Promise.resolve({ reason: "slow" }),
      revision: 1,
      close: () => {},
    });
  };
  return { prefix: "/things/", watch } as unknown as ResourceStore;
}

test("what goes while nobody watches is removed, what stays is not", async () => {
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = new AbortController();
  const store = interrupted(
    [event("ADDED", "a"), event("ADDED", "b"), event("ADDED", "c"), complete, event("DELETED", "c")],
    [event("ADDED", "a"), event("ADDED", "d"), complete],
  );
  const name = ({ metadata }: Readonly<KubeObject>): string => metadata.name ?? "";
  const put = (object: Readonly<KubeObject>): void => void seen.push(`+${name(object)}`);
  const remove = (object: Readonly<KubeObject>): void => {
    seen.push(`-${name(object)}`);
    if (name(object) === "b") resolve();
  };
  await followObjects(store, { put, remove }, { signal: stop.signal, log: createLogger("test") });
  await promise;
  stop.abort();
  assert.deepEqual(seen, ["+a", "+b", "+c", "-c", "+a", "+d", "-b"]);
});
