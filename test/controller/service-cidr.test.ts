/** Ranges of Service addresses: they become ready, and a range that is deleted waits for its addresses. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  controllers = await startControllers(["service-cidr-controller"]);
  client = controllers.client;
});
after(() => controllers[Symbol.asyncDispose]());

const read = (name: string) => client.servicecidrs.get({ name });
const conditionOf = async (name: string) => {
  const [condition] = (await read(name)).status?.conditions ?? [];
  return condition && `${condition.type}=${condition.status} ${condition.reason}: ${condition.message}`;
};
const isReady = "Ready=True : Kubernetes Service CIDR is ready";

test("the cluster's own range and others become ready, and are kept", async () => {
  await client.servicecidrs.create({ metadata: { name: "more" }, spec: { cidrs: ["10.210.0.0/28"] } });
  for (const name of ["kubernetes", "more"]) {
    await eventually(async () => (await conditionOf(name)) === isReady);
    assert.deepEqual((await read(name)).metadata.finalizers, ["networking.k8s.io/service-cidr-finalizer"]);
  }
});

test("a range goes when its last address does, and not at once", { timeout: 40_000 }, async () => {
  const spec = { clusterIP: "10.210.0.3", ports: [{ port: 80 }] };
  await client.services.create({ metadata: { name: "holds", namespace }, spec });
  await client.servicecidrs.delete({ name: "more" });
  const began = Date.now();
  const blocked =
    "Ready=False Terminating: There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR";
  await eventually(async () => (await conditionOf("more")) === blocked);
  await assert.rejects(
    client.services.create({ metadata: { name: "late", namespace }, spec: { ...spec, clusterIP: "10.210.0.4" } }),
    /the provided network does not match the current range/,
  );
  await client.services.delete({ namespace, name: "holds" });
  await eventually(async () => (await read("more").catch(() => undefined)) === undefined);
  assert.ok(Date.now() - began >= 8500, "servers that do not know of the deletion yet are waited for");
});
