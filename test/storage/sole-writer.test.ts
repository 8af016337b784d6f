/** A process that alone writes asks etcd for nothing that it knows; one that was told so wrongly finds out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyExistsError, openStorage, RevisionConflictError, type Storage } from "#pkg/storage/index.ts";
import { OwnWrites } from "#pkg/storage/own-writes.ts";
import { eventually } from "#test/support/cluster.ts";
import { startEtcd } from "#test/support/etcd.ts";
import { FakeClock } from "#test/support/fake-clock.ts";
import { startTcpProxy } from "#test/support/tcp-proxy.ts";
import { namesOf, podJson, podKey, podSpec } from "./support.ts";

const latest = { kind: "latest" } as const;

async function openCounting(endpoint: string): Promise<{ storage: Storage; reads: () => number }> {
  let reads = 0;
  const observer = {
    request: (operation: string) => {
      if (operation === "get" || operation === "list") reads += 1;
    },
  };
  const storage = await openStorage({ endpoints: [endpoint], compactionIntervalMs: 0, isSoleWriter: true, observer });
  return { storage, reads: () => reads };
}

test("reads of what it wrote itself ask etcd nothing", async () => {
  await using etcd = await startEtcd();
  const { storage: opened, reads } = await openCounting(etcd.endpoint);
  await using storage = opened;
  const store = storage.store(podSpec);
  const first = await store.create(podKey("first"), podJson("first"));
  assert.equal((await store.get(podKey("first"), latest))?.revision, first.revision);
  const before = reads();
  for (let i = 0; i < 200; i += 1) {
    const made = await store.create(podKey(`p${i}`), podJson(`p${i}`));
    const [one, all] = await Promise.all([
      store.get(podKey(`p${i}`), latest),
      store.list({ prefix: podKey(""), at: latest }),
    ]);
    assert.equal(one?.revision, made.revision);
    assert.equal(all.items.length, i + 2);
    assert.ok(all.revision >= made.revision);
    if (i % 3 === 0) {
      await store.delete(podKey(`p${i}`), made.revision);
      assert.equal(await store.get(podKey(`p${i}`), latest), undefined);
      await store.create(podKey(`p${i}`), podJson(`p${i}`));
    }
  }
  assert.equal(reads(), before);
});

test("a read waits for the feed to tell of what was written", async () => {
  await using etcd = await startEtcd();
  await using proxy = await startTcpProxy(Number(new URL(etcd.endpoint).port));
  const { storage: opened } = await openCounting(proxy.endpoint);
  await using storage = opened;
  const store = storage.store(podSpec);
  for (let i = 0; i < 20; i += 1) {
    const writes = Promise.all(
      Array.from({ length: 10 }, (_, k) => store.create(podKey(`p${i}-${k}`), podJson("p")).catch(() => undefined)),
    );
    if (i % 5 === 0) {
      proxy.cut();
      proxy.mend();
    }
    const made = (await writes).filter((one) => one !== undefined);
    const { items } = await store.list({ prefix: podKey(""), at: latest });
    const there = new Set(items.map(({ key }) => key));
    assert.deepEqual(
      made.filter(({ key }) => !there.has(key)).map(({ key }) => key),
      [],
    );
  }
});

test("what a refusal has told of is there for the next read", async () => {
  await using etcd = await startEtcd();
  const { storage: opened } = await openCounting(etcd.endpoint);
  await using storage = opened;
  await using other = await openStorage({ endpoints: [etcd.endpoint], compactionIntervalMs: 0 });
  const store = storage.store(podSpec);
  const theirs = other.store(podSpec);
  await store.get(podKey("any"), latest);
  // As an own write looks whose answer was lost. Within a second of the first: then reads ask.
  for (let i = 0; i < 60; i += 1) {
    const key = podKey(`p${i}`);
    const made = await theirs.create(key, podJson("p"));
    await assert.rejects(store.create(key, podJson("p")), KeyExistsError);
    assert.equal((await store.get(key, latest))?.revision, made.revision);
    const changed = await theirs.update(key, podJson("p", { note: "1" }), made.revision);
    await assert.rejects(store.update(key, podJson("p", { note: "2" }), made.revision, { changed: true }));
    assert.equal((await store.get(key, latest))?.revision, changed.revision);
    const gone = await theirs.delete(key, changed.revision);
    await assert.rejects(store.delete(key, made.revision), RevisionConflictError);
    const now = await store.get(key, latest);
    assert.equal(now, undefined, `${now?.revision} is not gone at ${gone.revision}`);
  }
});

test("what somebody else writes is seen, and from then on reads ask", async () => {
  await using etcd = await startEtcd();
  const { storage: opened, reads } = await openCounting(etcd.endpoint);
  await using storage = opened;
  await using other = await openStorage({ endpoints: [etcd.endpoint], compactionIntervalMs: 0 });
  const store = storage.store(podSpec);
  await store.create(podKey("own"), podJson("own"));
  await other.store(podSpec).create(podKey("foreign"), podJson("foreign"));
  await eventually(async () => (await store.get(podKey("foreign"), latest)) !== undefined);
  await eventually(async () => {
    const before = reads();
    await store.get(podKey("own"), latest);
    return reads() > before;
  });
  for (let i = 0; i < 50; i += 1) {
    await other.store(podSpec).create(podKey(`f${i}`), podJson(`f${i}`));
    const { items } = await store.list({ prefix: podKey(""), at: latest });
    assert.equal(items.length, i + 3);
  }
  assert.deepEqual(namesOf(await store.list({ prefix: podKey("f4"), at: latest })), [
    "f4",
    "f40",
    "f41",
    "f42",
    "f43",
    "f44",
    "f45",
    "f46",
    "f47",
    "f48",
    "f49",
  ]);
});

const cases: readonly {
  name: string;
  happens: (own: OwnWrites, pass: (ms: number) => void) => void;
  alone: boolean;
}[] = [
  {
    name: "the answer before the event",
    happens: (own) => {
      own.confirmed(5, 4);
      own.saw(5, false);
    },
    alone: true,
  },
  {
    name: "the event before the answer",
    happens: (own, pass) => {
      own.saw(5, false);
      pass(900);
      own.confirmed(5, 5);
    },
    alone: true,
  },
  { name: "an event without an answer", happens: (own) => own.saw(5, false), alone: false },
  { name: "something that went by itself", happens: (own) => own.saw(5, true), alone: true },
  {
    name: "an event behind a lost answer",
    happens: (own) => {
      own.lost();
      own.saw(5, false);
    },
    alone: true,
  },
  {
    name: "an event long behind a lost answer",
    happens: (own, pass) => {
      own.lost();
      pass(20_000);
      own.saw(5, false);
    },
    alone: false,
  },
  {
    name: "somebody else's write among own ones",
    happens: (own) => {
      for (const revision of [5, 6, 8]) own.confirmed(revision, 4);
      for (const revision of [5, 6, 7, 8]) own.saw(revision, false);
    },
    alone: false,
  },
];

for (const { name, happens, alone } of cases) {
  test(`${name}: ${alone ? "alone" : "not alone for a minute"}`, () => {
    const clock = new FakeClock();
    const own = new OwnWrites(clock);
    happens(own, (ms) => clock.advance(ms));
    clock.advance(1_000);
    clock.advance(1_000);
    assert.equal(own.isAlone, alone);
    clock.advance(60_000);
    assert.equal(own.isAlone, true);
  });
}
