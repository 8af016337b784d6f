/**
 * Ten thousand random operations of concurrent clients on two API servers over one etcd that crashes, is cut off and
 * forgets its history. Every answer and every watch is held against what was committed. The same on a server that is the
 * only one to write and does not ask etcd for what it wrote itself.
 *
 *     MODEL_SEED=7 MODEL_OPERATIONS=50000 node --test test/integration/model.test.ts
 */
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { startEtcd, type TestEtcd } from "#test/support/etcd.ts";
import { startTcpProxy, type TcpProxy } from "#test/support/tcp-proxy.ts";
import { checkOperations } from "./model/checker.ts";
import { History } from "./model/history.ts";
import { Http } from "./model/http.ts";
import { Random } from "./model/random.ts";
import { Recorder } from "./model/recorder.ts";
import { checkWatches } from "./model/watch-checker.ts";
import { Follower } from "./model/watches.ts";
import { colors, namespaces, Worker } from "./model/workload.ts";

const seed = Number(process.env["MODEL_SEED"] ?? Math.floor(Math.random() * 2 ** 31));
const operationsWanted = Number(process.env["MODEL_OPERATIONS"] ?? 10_000);
const workers = 12;
/** How many of each: etcd's crashes, its cuts from one server, clients' cuts, compactions. */
const faults = { crash: 2, cut: 4, hangUp: 12, compact: 8 } as const;
const settleMsMax = 15_000;

interface Rig {
  readonly etcd: TestEtcd;
  readonly proxies: readonly TcpProxy[];
  readonly clients: readonly Http[];
  readonly recorder: Recorder;
  /** What etcd was asked to forget, and when. */
  readonly compactions: { readonly at: number; readonly revision: number }[];
}

async function connectAll(servers: readonly TestApiServer[]): Promise<Http[]> {
  const clients = servers.flatMap((server) => [server, server].map((one) => new Http(one.connection(pkiPaths.admin))));
  for (const namespace of namespaces) {
    const answer = await clients[0]?.ask("POST", "/api/v1/namespaces", { metadata: { name: namespace } });
    assert.equal(answer?.status, 201);
  }
  return clients;
}

const revisionNow = async (http: Http): Promise<number> => {
  const { body } = await http.ask("GET", "/api/v1/namespaces?limit=1");
  return Number((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
};

async function inject(rig: Rig, kind: keyof typeof faults, random: Random): Promise<void> {
  if (kind === "crash") {
    await rig.etcd.crash();
    await sleep(random.below(200));
    await rig.etcd.restart();
  } else if (kind === "cut") {
    const proxy = random.pick(rig.proxies);
    proxy.cut();
    await sleep(random.below(400));
    proxy.mend();
  } else if (kind === "hangUp") random.pick(rig.clients).cut();
  else {
    const revision = Math.max(1, rig.recorder.seen - random.below(300));
    rig.compactions.push({ at: performance.now(), revision });
    await rig.recorder.compact(revision).catch(() => {});
  }
}

/** Spread over the run by how many operations were answered. */
function planFaults(random: Random): { readonly at: number; readonly kind: keyof typeof faults }[] {
  const kinds = Object.entries(faults).flatMap(([kind, count]) =>
    Array<keyof typeof faults>(count).fill(kind as never),
  );
  return kinds
    .map((kind) => ({ kind, at: operationsWanted * (0.05 + 0.9 * random.next()) }))
    .sort((a, b) => a.at - b.at);
}

async function runWorkers(rig: Rig, random: Random): Promise<Worker[]> {
  const all = Array.from(
    { length: workers },
    (_, i) => new Worker(`w${i}`, new Random(random.below(2 ** 31)), rig.clients),
  );
  const plan = planFaults(random);
  let done = 0;
  const work = async (worker: Worker): Promise<void> => {
    while (done < operationsWanted) if (await worker.step()) done += 1;
  };
  const disturb = async (): Promise<void> => {
    for (const { at, kind } of plan) {
      while (done < at) await sleep(5);
      await inject(rig, kind, random);
    }
  };
  await Promise.all([...all.map(work), disturb()]);
  return all;
}

function follow({ clients }: Rig, random: Random): Follower[] {
  const server = (): Http => random.pick(clients);
  return namespaces.flatMap((namespace) => [
    new Follower({ name: `${namespace} all`, namespace, state: false, server }),
    new Follower({ name: `${namespace} state`, namespace, state: true, server }),
    ...colors.map((color) => new Follower({ name: `${namespace} ${color}`, namespace, color, state: false, server })),
  ]);
}

/** Until each follower has heard of a last change in its namespace that it shows. */
async function settle({ clients, recorder }: Rig, followers: readonly Follower[]): Promise<void> {
  const [http] = clients;
  assert.ok(http);
  let last = 0;
  for (const namespace of namespaces) {
    for (const color of colors) {
      const object = { metadata: { name: `last-${color}`, namespace, labels: { color } }, data: {} };
      const { status, body } = await http.ask("POST", `/api/v1/namespaces/${namespace}/configmaps`, object);
      assert.equal(status, 201, JSON.stringify(body));
      last ||= Number((body as { metadata: { resourceVersion: string } }).metadata.resourceVersion);
    }
  }
  await recorder.settle();
  const until = performance.now() + settleMsMax;
  while (followers.some(({ position }) => position < last) && performance.now() < until) await sleep(20);
  await sleep(200);
}

interface Variant {
  readonly servers: number;
  readonly flags?: Readonly<Record<string, string>>;
}

async function checkModel(t: TestContext, { servers, flags = {} }: Variant): Promise<void> {
  t.diagnostic(`MODEL_SEED=${seed}`);
  const random = new Random(seed);
  await using stack = new AsyncDisposableStack();
  const etcd = stack.use(await startEtcd());
  const port = Number(new URL(etcd.endpoint).port);
  const proxies: TcpProxy[] = [];
  const started: TestApiServer[] = [];
  for (let i = 0; i < servers; i += 1) {
    const proxy = stack.use(await startTcpProxy(port));
    proxies.push(proxy);
    started.push(
      stack.use(await startTestApiServer({ beside: { etcd: { ...etcd, endpoint: proxy.endpoint } }, flags })),
    );
  }
  const clients = await connectAll(started);
  for (const client of clients) stack.use(client);
  const from = await revisionNow(clients[0] as Http);
  await using recorder = new Recorder(etcd.endpoint, "/registry/configmaps/", from);
  const rig: Rig = { etcd, proxies, clients, recorder, compactions: [] };
  const followers = follow(rig, new Random(random.below(2 ** 31)));
  for (const follower of followers) stack.use(follower);
  const done = await runWorkers(rig, random);
  await settle(rig, followers);
  const watches = (await Promise.all(followers.map((follower) => follower.finish()))).flat();
  const operations = done.flatMap((worker) => worker.operations);
  const changes = recorder.changes.filter(({ key }) => namespaces.some((name) => key.startsWith(`${name}/`)));
  const history = new History(changes);
  const compactedBefore = (time: number): number =>
    Math.max(0, ...rig.compactions.filter(({ at }) => at < time).map(({ revision }) => revision));
  const wrong = [
    ...checkOperations({ history, operations, compactions: { before: compactedBefore } }),
    ...checkWatches({ history, watches, compacted: compactedBefore(Number.POSITIVE_INFINITY) }),
  ];
  const unknown = operations.filter((one) => "result" in one && one.result.kind === "unknown").length;
  const events = followers.reduce((sum, follower) => sum + follower.events, 0);
  t.diagnostic(
    `${operations.length} operations, ${unknown} without an answer, ${changes.length} changes, ${events} events`,
  );
  assert.deepEqual(wrong.slice(0, 20), [], `${wrong.length} answers cannot be; seed ${seed}`);
  // Less would mean that the run tried little: more than a quarter of what is answered changes something.
  assert.ok(changes.length > operationsWanted / 5, `${changes.length} changes in ${operations.length} operations`);
  assert.ok(events > changes.length, `${events} events of ${changes.length} changes`);
}

test(`every answer and every watch is what was committed (seed ${seed})`, { timeout: 180_000 }, (t) =>
  checkModel(t, { servers: 2 }),
);

test(`the same of a server that alone writes (seed ${seed})`, { timeout: 180_000 }, (t) =>
  checkModel(t, { servers: 1, flags: { "etcd-sole-writer": "true" } }),
);
