/** Claims to devices: made for pods, entered, given back. The scheduler's part is played by the test. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { eventsAbout, startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  controllers = await startControllers(["resourceclaim-controller"]);
  client = controllers.client;
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
});
after(() => controllers[Symbol.asyncDispose]());

const devices = { requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }] };
const containers = [{ name: "c", image: "i" }];
const makePod = (name: string, claim: object, nodeName?: string) =>
  client.pods.create({
    metadata: { name, namespace },
    spec: { containers, resourceClaims: [{ name: "gpu", ...claim }], ...(nodeName ? { nodeName } : {}) },
  });
const getClaim = (name: string) => client.resourceclaims.get({ namespace, name });
const isGone = (name: string) =>
  getClaim(name).then(
    () => false,
    () => true,
  );
const claimOf = (pod: string) =>
  eventually(async () => {
    const { status } = await client.pods.get({ namespace, name: pod });
    return status?.resourceClaimStatuses?.[0]?.resourceClaimName ?? false;
  });
async function allocate(name: string, pods: readonly { name: string; uid: string }[]): Promise<void> {
  const claim = await getClaim(name);
  const { metadata } = claim;
  const finalizers = ["resource.kubernetes.io/delete-protection"];
  const updated = await client.resourceclaims.update({ ...claim, metadata: { ...metadata, finalizers } });
  const results = [{ request: "gpu", driver: "gpu.example.com", pool: "p", device: "d" }];
  const reservedFor = pods.map((pod) => ({ resource: "pods", ...pod }));
  const status = { allocation: { devices: { results } }, ...(reservedFor.length > 0 ? { reservedFor } : {}) };
  await client.resourceclaims.updateStatus({ ...updated, status });
}

test("a pod gets its claim from a template, and the claim goes when the pod has ended", async () => {
  const pod = await makePod("user", { resourceClaimTemplateName: "one" });
  await eventually(async () => {
    const why = 'resource claim template "one": resourceclaimtemplate.resource.k8s.io "one" not found';
    return (await eventsAbout(client, "user")).includes(`FailedResourceClaimCreation: PodResourceClaim gpu: ${why}`);
  });
  const labels = { kind: "own" };
  await client.resourceclaimtemplates.create({
    metadata: { name: "one", namespace },
    spec: { metadata: { labels }, spec: { devices } },
  });
  const name = await claimOf("user");
  assert.match(name, /^user-gpu-.{5}$/);
  const { metadata, spec } = await getClaim(name);
  assert.deepEqual(metadata.labels, labels);
  assert.equal(metadata.annotations?.["resource.kubernetes.io/pod-claim-name"], "gpu");
  assert.equal(metadata.ownerReferences?.[0]?.uid, pod.metadata.uid);
  assert.equal(spec.devices?.requests?.[0]?.exactly?.deviceClassName, "gpu.example.com");

  await allocate(name, [{ name: "user", uid: pod.metadata.uid ?? "" }]);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await getClaim(name)).status?.reservedFor?.length, 1, "in use");
  const patch = { status: { phase: "Succeeded" } };
  await client.pods.patch({ namespace, name: "user" }, patch, { type: "merge", subresource: "status" });
  await eventually(() => isGone(name));
});

test("a claim that users made is given back by pods that are gone, and stays", async () => {
  const metadata = { name: "shared", namespace };
  await client.resourceclaims.create({ metadata, spec: { devices } });
  const pod = await makePod("one-of-many", { resourceClaimName: "shared" });
  await allocate("shared", [
    { name: "one-of-many", uid: pod.metadata.uid ?? "" },
    { name: "never-was", uid: "1" },
  ]);
  await eventually(async () => (await getClaim("shared")).status?.reservedFor?.length === 1);
  await client.pods.delete({ namespace, name: "one-of-many" });
  await eventually(async () => {
    const { status, metadata: kept } = await getClaim("shared");
    return !status?.allocation && !status?.reservedFor && !kept.finalizers?.length;
  });
});

test("a pod that somebody put on a node by hand is entered as a user", async () => {
  await client.resourceclaims.create({ metadata: { name: "manual", namespace }, spec: { devices } });
  await allocate("manual", []);
  const pod = await makePod("manual", { resourceClaimName: "manual" }, "some-node");
  await eventually(async () => {
    const [consumer] = (await getClaim("manual")).status?.reservedFor ?? [];
    return consumer?.uid === pod.metadata.uid;
  });
});
