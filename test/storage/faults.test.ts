import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Compactor } from "#pkg/storage/compactor.ts";
import { EtcdClient } from "#pkg/storage/etcd/client.ts";
import { EtcdError, openStorage, type Storage, type StorageOptions } from "#pkg/storage/index.ts";
import { startEtcd, type TestEtcd } from "#test/support/etcd.ts";
import { startTcpProxy } from "#test/support/tcp-proxy.ts";
import { disposableAbort } from "./contract.ts";
import { Collector, eventually, namesOf, podJson, podKey, podSpec } from "./support.ts";

let etcd: TestEtcd;
let other: EtcdClient;
const latest = { kind: "latest" } as const;

before(async () => {
  etcd = await startEtcd();
  other = new EtcdClient({ endpoints: [etcd.endpoint], clock: systemClock });
});

after(async () => {
  other?.close();
  await etcd?.[Symbol.asyncDispose]();
});

const open = (options: Partial<StorageOptions> = {}): Promise<Storage> =>
  openStorage({ endpoints: [etcd.endpoint], compactionIntervalMs: 0, ...options });

const disposableClient = (endpoint: string): EtcdClient & Disposable => {
  const client = new EtcdClient({ endpoints: [endpoint], clock: systemClock });
  return Object.assign(client, { [Symbol.dispose]: () => client.close() });
};

const putForeign = (key: string, value: Buffer): Promise<{ revision: number }> =>
  other.txn("put", { compare: [], success: [{ put: { key, value } }], failure: [] });

test("after etcd crashed and came back, watches go on: nothing lost, nothing twice", async () => {
  await using storage = await open();
  const store = storage.store(podSpec);
  using abort = disposableAbort();
  const { revision } = await store.list({ prefix: podSpec.prefix, at: latest });
  const seen = new Collector(await store.watch({ prefix: podKey("", "crash"), after: revision, signal: abort.signal }));
  const expected: string[] = [];
  for (let i = 0; i < 5; i += 1) {
    expected.push(`ADDED p${i}@${(await store.create(podKey(`p${i}`, "crash"), podJson(`p${i}`))).revision}`);
  }
  await etcd.crash();
  await assert.rejects(store.create(podKey("down", "crash"), podJson("down")), EtcdError);
  await etcd.restart();
  // Written before the feed is back, by somebody else.
  expected.push(`ADDED q@${(await putForeign(podKey("q", "crash"), podJson("q"))).revision}`);
  await eventually(
    () =>
      storage.healthy().then(
        () => true,
        () => false,
      ),
    "etcd answers",
  );
  expected.push(`ADDED r@${(await store.create(podKey("r", "crash"), podJson("r"))).revision}`);
  await seen.until(7, 10_000);
  await sleep(100);
  assert.deepEqual(seen.printed, expected);
  assert.deepEqual(namesOf(await store.list({ prefix: podKey("", "crash"), at: latest })).slice(-2), ["q", "r"]);
});

test("compaction while cut off: state is compared, watches with gaps get 410, others go on", async () => {
  await using own = await startEtcd();
  await using proxy = await startTcpProxy(Number(new URL(own.endpoint).port));
  using client = disposableClient(own.endpoint);
  let relisted = 0;
  const observer = {
    relisted: () => {
      relisted += 1;
    },
  };
  await using storage = await openStorage({ endpoints: [proxy.endpoint], compactionIntervalMs: 0, observer });
  const store = storage.store(podSpec);
  const kept = await store.create(podKey("kept", "x"), podJson("kept"));
  const gone = await store.create(podKey("gone", "y"), podJson("gone"));
  await store.get(podKey("gone", "y"), latest);
  using abort = disposableAbort();
  const from = { after: gone.revision, signal: abort.signal };
  const calm = new Collector(await store.watch({ prefix: podKey("", "x"), ...from }));
  const torn = await store.watch({ prefix: podKey("", "y"), ...from });

  proxy.cut();
  await client.txn("delete", { compare: [], success: [{ deleteKey: podKey("gone", "y") }], failure: [] });
  const put = { key: podKey("new", "y"), value: podJson("new") };
  const { revision } = await client.txn("put", { compare: [], success: [{ put }], failure: [] });
  await client.compact(revision);
  proxy.mend();

  const { reason, error } = await torn.ended;
  assert.equal(reason, "error");
  assert.ok(error instanceof StatusError && error.code === 410);
  assert.match(error.message, /^too old resource version: \d+ \(\d+\)$/);
  assert.equal(relisted, 1);
  assert.deepEqual(namesOf(await store.list({ prefix: podSpec.prefix, at: latest })), ["kept", "new"]);
  const next = await store.update(podKey("kept", "x"), podJson("kept", { note: "2" }), kept.revision);
  await calm.until(1);
  assert.deepEqual(calm.printed, [`MODIFIED kept@${next.revision}`]);
  const stale = store.watch({ prefix: podSpec.prefix, after: gone.revision, signal: abort.signal });
  await assert.rejects(stale, { reason: "Expired" });
});

test("the next endpoint is used when one fails", async () => {
  await using proxy = await startTcpProxy(Number(new URL(etcd.endpoint).port));
  await using storage = await open({ endpoints: [proxy.endpoint, etcd.endpoint] });
  const store = storage.store(podSpec);
  await store.create(podKey("a", "failover"), podJson("a"));
  await store.get(podKey("a", "failover"), latest);
  proxy.cut();
  const made = await store.create(podKey("b", "failover"), podJson("b")).catch(() => undefined);
  const page = await store.list({ prefix: podKey("", "failover"), at: latest });
  assert.equal(page.items.length, made ? 2 : 1, "a write that failed was not repeated");
});

test("two servers take turns in compaction, and keep one interval", async () => {
  await using own = await startEtcd();
  using client = disposableClient(own.endpoint);
  const put = { key: "/registry/x", value: Buffer.from("1") };
  const write = () => client.txn("put", { compare: [], success: [{ put }], failure: [] });
  const [one, two] = [new Compactor(client), new Compactor(client)];
  const before = await write();
  assert.equal(await one.compact(), undefined, "the first round only remembers");
  assert.equal(await two.compact(), undefined, "the other learns the round");
  const between = await write();
  assert.equal(await one.compact(), before.revision + 1);
  assert.equal(await two.compact(), undefined, "it was late");
  await assert.rejects(client.range({ key: put.key, revision: before.revision }), { kind: "compacted" });
  assert.equal((await client.range({ key: put.key, revision: between.revision })).kvs.length, 1);
});

test("a server that starts writes no round, and compacts to what it found when the first is over", async () => {
  await using own = await startEtcd();
  using client = disposableClient(own.endpoint);
  const put = { key: "/registry/x", value: Buffer.from("1") };
  const write = () => client.txn("put", { compare: [], success: [{ put }], failure: [] });
  const before = await write();
  const compactor = new Compactor(client);
  await compactor.look();
  assert.equal((await client.range({ key: put.key })).revision, before.revision);
  const after = await write();
  assert.equal(await compactor.compact(), before.revision);
  assert.equal((await client.range({ key: put.key, revision: after.revision })).kvs.length, 1);
  const late = new Compactor(client);
  await late.look();
  assert.equal(late.compacted, before.revision, "the key says how far it went");
});

test("revisions used outside of the prefix do not hold up reads", async () => {
  await using storage = await open();
  const store = storage.store(podSpec);
  await store.create(podKey("a", "foreign"), podJson("a"));
  const started = performance.now();
  for (let i = 0; i < 5; i += 1) {
    const { revision } = await putForeign("/elsewhere", Buffer.from(String(i)));
    const page = await store.list({ prefix: podKey("", "foreign"), at: latest });
    assert.ok(page.revision >= revision);
    assert.deepEqual(namesOf(page), ["a"]);
  }
  assert.ok(performance.now() - started < 1_500, `took ${performance.now() - started} ms`);
});

test("objects and garbage written by others", async () => {
  const bad: string[] = [];
  await using storage = await open({ observer: { undecodable: (key) => bad.push(key) } });
  const store = storage.store(podSpec);
  const json = Buffer.from('{ "metadata": { "name": "o", "resourceVersion": "1" }, "kind": "Pod" }');
  const { revision } = await putForeign(podKey("o", "others"), json);
  await putForeign(podKey("garbage", "others"), Buffer.from("k8s\0\x01"));
  const page = await store.list({ prefix: podKey("", "others"), at: latest });
  assert.deepEqual(namesOf(page), ["o"]);
  assert.equal(page.items[0]?.object.metadata.resourceVersion, String(revision));
  assert.deepEqual(bad, [podKey("garbage", "others")]);
});

test("a history that was overrun answers 410", async () => {
  await using storage = await open({ limits: { historyEventsMax: 3 } });
  const store = storage.store(podSpec);
  const first = await store.create(podKey("a", "ring"), podJson("a"));
  let { revision } = first;
  for (let i = 0; i < 6; i += 1) {
    ({ revision } = await store.update(podKey("a", "ring"), podJson("a", { note: String(i) }), revision));
  }
  await store.get(podKey("a", "ring"), latest);
  using abort = disposableAbort();
  const watch = store.watch({ prefix: podSpec.prefix, after: first.revision, signal: abort.signal });
  await assert.rejects(watch, { name: "StatusError", reason: "Expired", code: 410 });
  const old = await store.get(podKey("a", "ring"), { kind: "exact", revision: first.revision });
  assert.deepEqual(old?.bytes, first.bytes, "etcd still has it");
  await other.compact(revision);
  const compacted = store.get(podKey("a", "ring"), { kind: "exact", revision: first.revision });
  await assert.rejects(compacted, {
    name: "StatusError",
    message: "The resourceVersion for the provided list is too old.",
  });
});

test("a watcher that does not take is cut off; the others are not", async () => {
  await using storage = await open({ limits: { watchQueueEventsMax: 10 } });
  const store = storage.store(podSpec);
  using abort = disposableAbort();
  const { revision } = await store.list({ prefix: podSpec.prefix, at: latest });
  const options = { prefix: podKey("", "slow"), after: revision, signal: abort.signal };
  const slow = await store.watch(options);
  const quick = new Collector(await store.watch(options));
  for (let i = 0; i < 12; i += 1) await store.create(podKey(`p${i}`, "slow"), podJson(`p${i}`));
  assert.equal((await slow.ended).reason, "slow");
  await quick.until(12);
  assert.deepEqual(slow.take(), []);
});

test("reads that wait together share one quorum read", async () => {
  const operations: string[] = [];
  await using storage = await open({ observer: { request: (operation) => operations.push(operation) } });
  const store = storage.store(podSpec);
  await storage.ready();
  operations.length = 0;
  await Promise.all(Array.from({ length: 100 }, () => store.get(podKey("none", "shared"), latest)));
  assert.deepEqual(
    operations.filter((operation) => operation !== "status"),
    ["get"],
  );
});

test("objects with a time to live share a lease and go away", async () => {
  const operations: string[] = [];
  await using storage = await open({ observer: { request: (operation) => operations.push(operation) } });
  const store = storage.store(podSpec);
  using abort = disposableAbort();
  const { revision } = await store.list({ prefix: podSpec.prefix, at: latest });
  const seen = new Collector(await store.watch({ prefix: podKey("", "ttl"), after: revision, signal: abort.signal }));
  for (const name of ["a", "b", "c"]) await store.create(podKey(name, "ttl"), podJson(name), { ttlSeconds: 1 });
  assert.equal(operations.filter((operation) => operation === "leaseGrant").length, 1);
  await seen.until(6, 8_000);
  assert.equal(seen.events.filter((event) => event.type === "DELETED").length, 3);
});

test("an object over etcd's limit is refused as such", async () => {
  await using storage = await open();
  const store = storage.store(podSpec);
  for (const size of [3 * 1024 * 1024, 1_700_000]) {
    const note = "x".repeat(size);
    const error = await store.create(podKey("big", "big"), podJson("big", { note })).catch((e: unknown) => e);
    assert.ok(error instanceof EtcdError);
    assert.equal(error.kind, "tooLarge");
    assert.equal(error.maybeApplied, false);
  }
  const fits = await store.create(podKey("fits", "big"), podJson("fits", { note: "x".repeat(1_500_000) }));
  assert.equal((await store.get(podKey("fits", "big"), latest))?.revision, fits.revision);
});

test("a full database refuses writes as such, and still answers reads", async () => {
  await using own = await startEtcd({ flags: ["--quota-backend-bytes=2000000"] });
  await using storage = await openStorage({ endpoints: [own.endpoint], compactionIntervalMs: 0 });
  const store = storage.store(podSpec);
  let error: unknown;
  for (let i = 0; i < 20 && !error; i += 1) {
    const json = podJson(`p${i}`, { note: "x".repeat(400_000) });
    await store.create(podKey(`p${i}`), json).catch((e: unknown) => {
      error = e;
    });
    // etcd learns of its size when it writes to disk, every tenth of a second.
    await sleep(50);
  }
  assert.ok(error instanceof EtcdError);
  assert.equal(error.kind, "noSpace");
  assert.match(error.message, /database space exceeded/);
  assert.ok((await store.list({ prefix: podSpec.prefix, at: latest })).items.length > 0);
});

test("watches that were closed leave nothing behind", async () => {
  await using storage = await open();
  const store = storage.store(podSpec);
  await storage.ready();
  const { revision } = await store.list({ prefix: podSpec.prefix, at: latest });
  const abort = new AbortController();
  const round = async (): Promise<void> => {
    for (let i = 0; i < 2_500; i += 1) {
      const single = i % 2 === 0;
      const prefix = single ? podKey(`p${i}`, "leak") : podKey("", `leak-${i}`);
      (await store.watch({ prefix, single, after: revision, signal: abort.signal })).close();
    }
    await sleep(5);
  };
  await round();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  for (let i = 0; i < 3; i += 1) await round();
  globalThis.gc?.();
  const grown = process.memoryUsage().heapUsed - before;
  assert.ok(grown < (globalThis.gc ? 2e6 : 40e6), `grew by ${grown} bytes`);
});

test("a released resource ends its watches and can be opened again", async () => {
  await using storage = await open();
  const store = storage.store(podSpec);
  using abort = disposableAbort();
  const watch = await store.watch({ prefix: podSpec.prefix, signal: abort.signal });
  storage.release(podSpec.prefix);
  assert.equal((await watch.ended).reason, "closed");
  const made = await storage.store(podSpec).create(podKey("again", "released"), podJson("again"));
  assert.equal((await storage.store(podSpec).get(podKey("again", "released"), latest))?.revision, made.revision);
});

test("a leased key lives as long as it is renewed", async () => {
  await using storage = await open();
  const prefix = "/registry/masterleases/";
  const keys = async (): Promise<string> => (await storage.raw.keys(prefix)).join();
  await storage.raw.lease(`${prefix}a`, Buffer.from("{}"), 1);
  await storage.raw.lease(`${prefix}b`, Buffer.from("{}"), 1);
  assert.equal(await keys(), `${prefix}a,${prefix}b`);
  const until = Date.now() + 8_000;
  while ((await keys()) !== `${prefix}b`) {
    assert.ok(Date.now() < until, "a did not run out");
    await storage.raw.lease(`${prefix}b`, Buffer.from("{}"), 1);
    await sleep(200);
  }
});
