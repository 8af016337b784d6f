/** Endpoints written by hand, mirrored into EndpointSlices. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  const names = ["endpointslice-mirroring-controller", "endpoints-controller", "endpointslice-controller"];
  controllers = await startControllers(names);
  client = controllers.client;
});
after(() => controllers[Symbol.asyncDispose]());

const service = (name: string, selector?: Record<string, string>) =>
  client.services.create({
    metadata: { name, namespace },
    spec: { ports: [{ name: "http", port: 80 }], ...(selector ? { selector } : {}) },
  });
const mirrorsOf = async (name: string): Promise<EndpointSlice[]> => {
  const labelSelector = `kubernetes.io/service-name=${name},endpointslice.kubernetes.io/managed-by=endpointslicemirroring-controller.k8s.io`;
  return (await client.endpointslices.list({ namespace, labelSelector })).items;
};
const until = (name: string, wanted: (slices: EndpointSlice[]) => boolean) =>
  eventually(
    async () => {
      const slices = await mirrorsOf(name);
      return wanted(slices) && slices;
    },
    { everyMs: 50 },
  );
const addressesOf = (slice: EndpointSlice | undefined) => slice?.endpoints.map((e) => e.addresses.join()).sort();

test("created, changed and deleted with the Endpoints", async () => {
  await service("custom");
  const made = await client.endpoints.create({
    metadata: {
      name: "custom",
      namespace,
      labels: { tier: "db" },
      annotations: { note: "n", "kubectl.kubernetes.io/last-applied-configuration": "{}" },
    },
    subsets: [
      {
        ports: [{ name: "http", port: 80, protocol: "TCP" }],
        addresses: [{ ip: "10.1.2.3" }, { ip: "fd00::1" }],
        notReadyAddresses: [{ ip: "10.1.2.4" }],
      },
    ],
  });
  const [first, second] = await until("custom", (slices) => slices.length === 2);
  const [v4, v6] = first?.addressType === "IPv4" ? [first, second] : [second, first];
  assert.match(v4?.metadata.name ?? "", /^custom-/);
  assert.deepEqual(addressesOf(v4), ["10.1.2.3", "10.1.2.4"]);
  assert.deepEqual(addressesOf(v6), ["fd00::1"]);
  assert.equal(v4?.endpoints.find((e) => e.addresses[0] === "10.1.2.4")?.conditions?.ready, false);
  assert.deepEqual(v4?.metadata.annotations, { note: "n" });
  assert.equal(v4?.metadata.labels?.["tier"], "db");
  const [owner] = v4?.metadata.ownerReferences ?? [];
  assert.equal(`${owner?.kind}/${owner?.name}/${owner?.uid}`, `Endpoints/custom/${made.metadata.uid}`);

  const current = await client.endpoints.get({ namespace, name: "custom" });
  await client.endpoints.update({
    ...current,
    subsets: [{ ports: [{ name: "http", port: 81, protocol: "TCP" }], addresses: [{ ip: "10.1.2.9" }] }],
  });
  const [changed] = await until("custom", (slices) => slices.length === 1 && slices[0]?.ports?.[0]?.port === 81);
  assert.deepEqual(addressesOf(changed), ["10.1.2.9"]);
  assert.equal(changed?.metadata.name, v4?.metadata.name, "a slice that is not needed any more is used again");

  await client.endpointslices.delete({ namespace, name: changed?.metadata.name ?? "" });
  await until("custom", (slices) => slices.length === 1 && slices[0]?.metadata.name !== changed?.metadata.name);

  await client.endpoints.delete({ namespace, name: "custom" });
  await until("custom", (slices) => slices.length === 0);
});

test("not for services with a selector, nor for Endpoints that say no", async () => {
  await service("selects", { app: "x" });
  await service("quiet");
  const labels = { "endpointslice.kubernetes.io/skip-mirror": "true" };
  const subsets = [{ ports: [{ port: 1 }], addresses: [{ ip: "10.0.0.1" }] }];
  await client.endpoints.create({ metadata: { name: "quiet", namespace, labels }, subsets });
  await service("loud");
  await client.endpoints.create({ metadata: { name: "loud", namespace }, subsets });
  await until("loud", (slices) => slices.length === 1);
  assert.deepEqual(await mirrorsOf("quiet"), []);
  assert.deepEqual(await mirrorsOf("selects"), []);
  assert.deepEqual(await mirrorsOf("kubernetes"), []);
  const patch = (name: string, selector: object | null) =>
    client.services.patch({ namespace, name }, { spec: { selector } }, { type: "merge" });
  await patch("loud", { app: "y" });
  await until("loud", (slices) => slices.length === 0);
});
