import assert from "node:assert/strict";
import { test } from "node:test";
import { openStorage, type Watch } from "#pkg/storage/index.ts";
import { startEtcd } from "#test/support/etcd.ts";
import { podJson, podKey, podSpec } from "./support.ts";

/** The newest revision that a watch was given, taken as soon as it is there. */
function follow(watch: Watch): () => number {
  let newest = 0;
  watch.onReady = () => {
    for (const item of watch.take()) if (item.kind === "event") newest = Math.max(newest, item.event.revision);
  };
  return () => newest;
}

test("of many writes that many watch none is answered before its event is told", async () => {
  await using etcd = await startEtcd();
  await using storage = await openStorage({ endpoints: [etcd.endpoint], isSoleWriter: true });
  const store = storage.store(podSpec);
  const { signal } = new AbortController();
  const open = async () => follow(await store.watch({ prefix: podSpec.prefix, signal }));
  const seen = await Promise.all(Array.from({ length: 20 }, open));
  // It takes nothing, and holds nobody up.
  await store.watch({ prefix: podSpec.prefix, signal });
  let early = 0;
  const write = async (name: string): Promise<void> => {
    const { revision } = await store.create(podKey(name), podJson(name));
    if (seen.some((newest) => newest() < revision)) early += 1;
  };
  const started = performance.now();
  for (let round = 0; round < 5; round++) {
    // The last few of a round are few, and are answered at once.
    await Promise.all(Array.from({ length: 40 }, (_, at) => write(`p-${round}-${at}`)));
  }
  assert.ok(early <= 5 * 8, `${early} of 200 came before their events`);
  assert.ok(performance.now() - started < 5_000, "nobody waited for the watch that takes nothing");
});

test("many events at once come in order, whole, to every watch", async () => {
  await using etcd = await startEtcd();
  await using writing = await openStorage({ endpoints: [etcd.endpoint] });
  await using reading = await openStorage({ endpoints: [etcd.endpoint] });
  const { signal } = new AbortController();
  const store = reading.store(podSpec);
  const revisions = await Promise.all(
    Array.from({ length: 150 }, async () => {
      const watch = await store.watch({ prefix: podSpec.prefix, signal });
      const told: number[] = [];
      watch.onReady = () => {
        for (const item of watch.take()) if (item.kind === "event") told.push(item.event.revision);
      };
      return told;
    }),
  );
  const written = await Promise.all(
    Array.from({ length: 300 }, (_, at) => writing.store(podSpec).create(podKey(`p-${at}`), podJson(`p-${at}`))),
  );
  const newest = Math.max(...written.map(({ revision }) => revision));
  // A read of the latest state waits for the feed.
  assert.equal((await store.list({ prefix: podSpec.prefix, at: { kind: "latest" } })).items.length, 300);
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const told of revisions) {
    assert.equal(told.length, 300);
    assert.deepEqual(
      told,
      told.toSorted((a, b) => a - b),
    );
    assert.equal(told.at(-1), newest);
  }
});
