/** The scheduler against our own API server: many nodes, many pods, none lost and none twice. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { connect, informers as informersOf } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";
import { createServiceAccount, startTestApiServer } from "#test/support/apiserver.ts";

const nodeCount = 20;
const podCount = 200;
const boundMsMax = 30_000;

test("every pod is bound once, evenly, and what does not fit waits for room", async () => {
  await using server = await startTestApiServer();
  const { client } = server;
  await createServiceAccount(client);
  for (let i = 0; i < nodeCount; i++) {
    const name = `n${i}`;
    await client.nodes.create({ metadata: { name }, spec: {} });
    const status = {
      capacity: { cpu: "4", memory: "8Gi", pods: "110" },
      allocatable: { cpu: "4", memory: "8Gi", pods: "110" },
    };
    await client.nodes.patch({ name }, { spec: { taints: null } }, { type: "merge" });
    await client.nodes.patch({ name }, { status }, { type: "merge", subresource: "status" });
  }
  await using scheduling = connect(server.connection(pkiPaths.scheduler));
  const log = createLogger("scheduler-test");
  await using informers = informersOf(scheduling, { log });
  const stop = new AbortController();
  await using _scheduler = await startScheduler({ client: scheduling, informers, log }, { signal: stop.signal });
  informers.start(stop.signal);
  const container = { name: "c", image: "i", resources: { requests: { cpu: "300m" } } };
  const pod = (name: string, cpu?: string) => ({
    metadata: { name, namespace: "default" },
    spec: { containers: [cpu ? { ...container, resources: { requests: { cpu } } } : container] },
  });
  await Promise.all(Array.from({ length: podCount }, (_, i) => client.pods.create(pod(`p${i}`))));
  await client.pods.create(pod("huge", "3900m"));
  const bound = await eventually(async () => {
    const { items } = await client.pods.list({ namespace: "default" });
    const placed = items.filter((item) => item.spec.nodeName && item.metadata.name !== "huge");
    return placed.length === podCount ? placed : undefined;
  });
  const perNode = Map.groupBy(bound, (item) => item.spec.nodeName);
  assert.equal(perNode.size, nodeCount);
  assert.ok(
    [...perNode.values()].every((pods) => pods.length <= 13),
    "no node holds more than fits",
  );
  const huge = await eventually(async () => {
    const found = await client.pods.get({ namespace: "default", name: "huge" });
    return found.status?.conditions?.some((c) => c.type === "PodScheduled") ? found : undefined;
  });
  const condition = huge.status?.conditions?.find((c) => c.type === "PodScheduled");
  assert.match(
    condition?.message ?? "",
    new RegExp(`^0/${nodeCount} nodes are available: ${nodeCount} Insufficient cpu\\.`),
  );
  const crowded = [...perNode.keys()][0];
  const options = { body: { gracePeriodSeconds: 0 } };
  await Promise.all(
    perNode
      .get(crowded)!
      .map((item) => client.pods.delete({ namespace: "default", name: item.metadata.name! }, options)),
  );
  const placed = await eventually(async () => {
    const found = await client.pods.get({ namespace: "default", name: "huge" });
    return found.spec.nodeName ? found : undefined;
  });
  assert.equal(placed.spec.nodeName, crowded, "it goes where room was made");
  stop.abort();
});

const spreadCases = [
  { name: "nothing", hosts: ["large"] },
  { name: "service", hosts: ["large", "small"] },
  { name: "replicaset", hosts: ["large", "small"] },
];

test("pods that a Service or a ReplicaSet selects are spread though they do not ask for it", async (t) => {
  await using server = await startTestApiServer();
  const { client } = server;
  await createServiceAccount(client);
  for (const [name, cpu] of Object.entries({ large: "64", small: "8" })) {
    const room = { cpu, memory: `${cpu}Gi`, pods: "110" };
    await client.nodes.create({ metadata: { name, labels: { "kubernetes.io/hostname": name } }, spec: {} });
    await client.nodes.patch({ name }, { spec: { taints: null } }, { type: "merge" });
    const status = { capacity: room, allocatable: room };
    await client.nodes.patch({ name }, { status }, { type: "merge", subresource: "status" });
  }
  const labels = (app: string) => ({ app });
  const containers = [{ name: "c", image: "i", resources: { requests: { cpu: "100m", memory: "100Mi" } } }];
  await client.services.create({
    metadata: { name: "service", namespace: "default" },
    spec: { selector: labels("service"), ports: [{ port: 80 }] },
  });
  const set = await client.replicasets.create({
    metadata: { name: "replicaset", namespace: "default" },
    spec: {
      selector: { matchLabels: labels("replicaset") },
      template: { metadata: { labels: labels("replicaset") }, spec: { containers } },
    },
  });
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "replicaset", uid: set.metadata.uid ?? "" };
  await using scheduling = connect(server.connection(pkiPaths.scheduler));
  const log = createLogger("scheduler-test");
  await using informers = informersOf(scheduling, { log });
  const stop = new AbortController();
  await using _scheduler = await startScheduler({ client: scheduling, informers, log }, { signal: stop.signal });
  informers.start(stop.signal);
  for (const { name, hosts } of spreadCases) {
    await t.test(name, async () => {
      const ownerReferences = name === "replicaset" ? [{ ...owner, controller: true }] : [];
      const metadata = { generateName: `${name}-`, namespace: "default", labels: labels(name), ownerReferences };
      const chosen = new Set<string>();
      for (let count = 0; count < 2; count++) {
        const made = await client.pods.create({ metadata, spec: { containers } });
        const address = { namespace: "default", name: made.metadata.name ?? "" };
        chosen.add(await eventually(async () => (await client.pods.get(address)).spec.nodeName || undefined));
      }
      assert.deepEqual([...chosen].sort(), hosts);
    });
  }
  stop.abort();
});

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  for (const until = Date.now() + boundMsMax; Date.now() < until; ) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`nothing came within ${boundMsMax} ms`);
}
