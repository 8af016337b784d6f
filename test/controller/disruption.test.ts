/** Disruption budgets and the evictions that ask them. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import type { PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "#api/types/policy/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { eventsAbout, setPod, startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  controllers = await startControllers(["replicaset-controller", "deployment-controller", "disruption-controller"]);
  client = controllers.client;
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
});
after(() => controllers[Symbol.asyncDispose]());

const containers = [{ name: "c", image: "i" }];
const makePod = (name: string, app: string, more: object = {}): Promise<Pod> =>
  client.pods.create({ metadata: { name, namespace, labels: { app }, ...more }, spec: { containers } });
const makeBudget = (app: string, spec: Partial<PodDisruptionBudgetSpec>) =>
  client.poddisruptionbudgets.create({
    metadata: { name: app, namespace },
    spec: { selector: { matchLabels: { app } }, ...spec },
  });
const statusOf = async (name: string) => (await client.poddisruptionbudgets.get({ namespace, name })).status;
const untilStatus = (name: string, wanted: Partial<PodDisruptionBudgetStatus>) =>
  eventually(async () => {
    const status = await statusOf(name);
    assert.deepEqual({ ...status, ...wanted }, status);
    return true;
  });
const evict = (name: string, deleteOptions: object = {}, dryRun = false) =>
  client.pods.subresource(
    "POST",
    { namespace, name },
    "eviction",
    { apiVersion: "policy/v1", kind: "Eviction", metadata: { name, namespace }, deleteOptions },
    { dryRun },
  );
const refused = (reason: string, text: RegExp, retryAfterSeconds?: number) => (error: unknown) => {
  const { reason: is, message, details } = error as StatusError;
  assert.equal(is, reason, message);
  assert.match(details?.causes?.[0]?.message ?? message, text);
  assert.equal(details?.retryAfterSeconds, retryAfterSeconds);
  return true;
};
const exists = async (name: string) =>
  client.pods.get({ namespace, name }).then(
    ({ metadata }) => metadata.deletionTimestamp === undefined,
    () => false,
  );

test("a number of available pods counts the pods that are, and an eviction spends what may be disrupted", async () => {
  for (const name of ["num-1", "num-2", "num-3"]) {
    await makePod(name, "num");
    await setPod(client, name, true);
  }
  await makeBudget("num", { minAvailable: 2 });
  await untilStatus("num", { expectedPods: 3, currentHealthy: 3, desiredHealthy: 2, disruptionsAllowed: 1 });
  const [condition] = (await statusOf("num"))?.conditions ?? [];
  assert.equal(`${condition?.type}=${condition?.status} ${condition?.reason}`, "DisruptionAllowed=True SufficientPods");

  await evict("num-1", {}, true);
  assert.ok(await exists("num-1"), "a dry run deletes nothing");
  assert.equal((await statusOf("num"))?.disruptionsAllowed, 1, "nor does it spend anything");

  await client.pods.patch(
    { namespace, name: "num-1" },
    { metadata: { finalizers: ["example.com/stay"] } },
    { type: "merge" },
  );
  await evict("num-1");
  const going = await client.pods.get({ namespace, name: "num-1" });
  assert.ok(going.metadata.deletionTimestamp);
  const target = going.status?.conditions?.find(({ type }) => type === "DisruptionTarget");
  assert.equal(`${target?.reason}: ${target?.message}`, "EvictionByEvictionAPI: Eviction API: evicting");
  await untilStatus("num", { currentHealthy: 2, disruptionsAllowed: 0 });
  assert.equal((await statusOf("num"))?.conditions?.[0]?.reason, "InsufficientPods");
  await assert.rejects(
    evict("num-2"),
    refused("TooManyRequests", /^The disruption budget num needs 2 healthy pods and has 2 currently$/),
  );
  assert.ok(await exists("num-2"));
  await evict("num-1");
});

test("pods that are not ready: only a healthy application lets them go, unless the budget says always", async () => {
  for (const name of ["sick-1", "sick-2"]) await makePod(name, "sick");
  await setPod(client, "sick-1", true);
  await setPod(client, "sick-2", false);
  await makeBudget("sick", { minAvailable: 2 });
  await untilStatus("sick", { currentHealthy: 1, desiredHealthy: 2 });
  await assert.rejects(evict("sick-2"), refused("TooManyRequests", /needs 2 healthy pods and has 1 currently/));
  await client.poddisruptionbudgets.patch(
    { namespace, name: "sick" },
    { spec: { unhealthyPodEvictionPolicy: "AlwaysAllow" } },
    { type: "merge" },
  );
  await evict("sick-2");
  assert.ok(!(await exists("sick-2")));
});

test("a percentage is of what the deployment wants, not of what is there", async () => {
  await client.deployments.create({
    metadata: { name: "web", namespace },
    spec: {
      replicas: 4,
      selector: { matchLabels: { app: "web" } },
      template: { metadata: { labels: { app: "web" } }, spec: { containers } },
    },
  });
  await makeBudget("web", { maxUnavailable: "30%" });
  const pods = await eventually(async () => {
    const { items } = await client.pods.list({ namespace, labelSelector: "app=web" });
    return items.length === 4 && items;
  });
  for (const { metadata } of pods.slice(0, 3)) await setPod(client, metadata.name ?? "", true);
  await untilStatus("web", { expectedPods: 4, desiredHealthy: 2, currentHealthy: 3, disruptionsAllowed: 1 });
});

test("the scale of a custom resource counts; without one nothing may be disrupted", async () => {
  const group = "example.com";
  const names = { plural: "swarms", singular: "swarm", kind: "Swarm", listKind: "SwarmList" };
  const anything = { type: "object" as const, "x-kubernetes-preserve-unknown-fields": true };
  const scale = { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" };
  await client.customresourcedefinitions.create({
    metadata: { name: `swarms.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names,
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: { openAPIV3Schema: anything },
          subresources: { status: {}, scale },
        },
      ],
    },
  });
  const swarms = client.resource({ group, version: "v1", kind: "Swarm", plural: "swarms", namespaced: true });
  const swarm = await eventually(() =>
    swarms.create({
      apiVersion: `${group}/v1`,
      kind: "Swarm",
      metadata: { name: "bees", namespace },
      spec: { replicas: 3 },
    } as never),
  );
  const owner = (kind: string, name: string, uid: string, apiVersion = `${group}/v1`) => ({
    ownerReferences: [{ apiVersion, kind, name, uid, controller: true }],
  });
  await makePod("bee-1", "bees", owner("Swarm", "bees", swarm.metadata.uid ?? ""));
  await setPod(client, "bee-1", true);
  await makeBudget("bees", { maxUnavailable: 2 });
  await untilStatus("bees", { expectedPods: 3, desiredHealthy: 1, currentHealthy: 1, disruptionsAllowed: 0 });

  await makePod("lost-1", "lost", owner("ConfigMap", "kube-root-ca.crt", "0", "v1"));
  await setPod(client, "lost-1", true);
  await makeBudget("lost", { maxUnavailable: 1 });
  await eventually(async () => {
    const condition = (await statusOf("lost"))?.conditions?.[0];
    assert.equal(condition?.reason, "SyncFailed");
    assert.equal(condition?.message, "configmaps does not implement the scale subresource");
    return true;
  });
  const events = await eventually(async () => {
    const found = await eventsAbout(client, "lost");
    return found.length > 0 && found;
  });
  const why = "Failed to calculate the number of expected pods: configmaps does not implement the scale subresource";
  assert.ok(events.includes(`CalculateExpectedPodCountFailed: ${why}`), events.join("\n"));
});

test("what an eviction cannot be", async () => {
  await makePod("pending", "pending");
  const wrongName = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "other", namespace } };
  await assert.rejects(
    client.pods.subresource("POST", { namespace, name: "pending" }, "eviction", wrongName),
    refused("BadRequest", /^name in URL does not match name in Eviction object$/),
  );
  await assert.rejects(
    evict("pending", { preconditions: { uid: "0" } }),
    refused("Conflict", /UID in the precondition/),
  );
  await makeBudget("pending", { minAvailable: 1 });
  await evict("pending");
  assert.ok(!(await exists("pending")), "what has not started is not guarded");

  await makePod("old", "old");
  const older = { apiVersion: "policy/v1beta1", kind: "Eviction", metadata: { name: "old", namespace } };
  await client.pods.subresource("POST", { namespace, name: "old" }, "eviction", older);
  assert.ok(!(await exists("old")), "as clients before 1.22 say it");
  await assert.rejects(
    client.pods.subresource("POST", { namespace, name: "old" }, "eviction", { ...older, apiVersion: "policy/v2" }),
    refused("BadRequest", /^Eviction in version "v2" cannot be handled as a Eviction/),
  );

  await makePod("twice", "twice");
  await setPod(client, "twice", true);
  const selector = { matchLabels: { app: "twice" } };
  for (const name of ["twice-a", "twice-b"]) {
    await client.poddisruptionbudgets.create({ metadata: { name, namespace }, spec: { selector, minAvailable: 0 } });
  }
  await assert.rejects(evict("twice"), (error: unknown) => {
    assert.equal((error as StatusError).code, 500);
    assert.match((error as StatusError).message, /^This pod has more than one PodDisruptionBudget/);
    return true;
  });
});
