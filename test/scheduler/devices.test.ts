/** Devices for pods, by scheduler and claim controller together, against our own API server. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import type { DeviceRequest } from "#api/types/resource.k8s.io/v1";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { type Client, connect, informers as informersOf } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";
import { startControllers, type TestControllers } from "#test/controller/support.ts";
import { eventually } from "#test/support/cluster.ts";

const namespace = "default";
const driver = "gpu.example.com";
const stop = new AbortController();
const running = new AsyncDisposableStack();
let controllers: TestControllers;
let client: Client;

before(async () => {
  controllers = running.use(await startControllers(["resourceclaim-controller"]));
  client = controllers.client;
  const scheduling = running.use(connect(controllers.server.connection(pkiPaths.scheduler)));
  const log = createLogger("scheduler-test");
  const informers = running.use(informersOf(scheduling, { log }));
  running.use(await startScheduler({ client: scheduling, informers, log }, { signal: stop.signal }));
  informers.start(stop.signal);
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
  for (const name of ["n1", "n2"]) {
    const room = { cpu: "8", memory: "8Gi", pods: "110" };
    await client.nodes.create({ metadata: { name }, spec: {} });
    await client.nodes.patch({ name }, { spec: { taints: null } }, { type: "merge" });
    const status = { capacity: room, allocatable: room };
    await client.nodes.patch({ name }, { status }, { type: "merge", subresource: "status" });
  }
  await client.deviceclasses.create({
    metadata: { name: "gpu" },
    spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] },
  });
  await publish("n1", "gpu-0");
});
after(async () => {
  stop.abort();
  await running.disposeAsync();
});

const publish = (nodeName: string, ...names: string[]) =>
  client.resourceslices.create({
    metadata: { name: `${nodeName}-${names.join("-")}` },
    spec: {
      driver,
      nodeName,
      pool: { name: `${nodeName}-${names.join("-")}`, generation: 1, resourceSliceCount: 1 },
      devices: names.map((name) => ({ name, attributes: { model: { string: name } } })),
    },
  });

const requests = (deviceClassName: string): DeviceRequest[] => [{ name: "gpu", exactly: { deviceClassName } }];
const template = (name: string, deviceClassName = "gpu") =>
  client.resourceclaimtemplates.create({
    metadata: { name, namespace },
    spec: { spec: { devices: { requests: requests(deviceClassName) } } },
  });
const makePod = (name: string, claim: object) =>
  client.pods.create({
    metadata: { name, namespace },
    spec: {
      containers: [{ name: "c", image: "i", resources: { claims: [{ name: "gpu" }] } }],
      resourceClaims: [{ name: "gpu", ...claim }],
    },
  });
const getPod = (name: string) => client.pods.get({ namespace, name });
const nodeOf = (name: string) => eventually(async () => (await getPod(name)).spec.nodeName || false);
const refusal = (name: string, text: string) =>
  eventually(async () => {
    const { status } = await getPod(name);
    return status?.conditions?.find(({ type }) => type === "PodScheduled")?.message?.startsWith(text) ?? false;
  });
const claimOf = async (name: string) => {
  const { status } = (await getPod(name)) as Pod;
  return client.resourceclaims.get({ namespace, name: status?.resourceClaimStatuses?.[0]?.resourceClaimName ?? "" });
};
const remove = (name: string) => client.pods.delete({ namespace, name }, { body: { gracePeriodSeconds: 0 } });

test("a pod gets a device, the next one waits for it, and gets it when it is free", async () => {
  await template("one");
  const first = await makePod("first", { resourceClaimTemplateName: "one" });
  assert.equal(await nodeOf("first"), "n1");
  const claim = await claimOf("first");
  assert.deepEqual(claim.metadata.finalizers, ["resource.kubernetes.io/delete-protection"]);
  assert.deepEqual(claim.status, {
    allocation: {
      devices: { results: [{ request: "gpu", driver, pool: "n1-gpu-0", device: "gpu-0" }] },
      nodeSelector: {
        nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["n1"] }] }],
      },
    },
    reservedFor: [{ resource: "pods", name: "first", uid: first.metadata.uid }],
  });
  await makePod("second", { resourceClaimTemplateName: "one" });
  const preemption = "preemption: 0/2 nodes are available: 2 Preemption is not helpful for scheduling.";
  const why = "0/2 nodes are available: 2 cannot allocate all claims. still not schedulable";
  await refusal("second", `${why}, ${preemption}`);
  await remove("first");
  assert.equal(await nodeOf("second"), "n1");
  assert.equal((await claimOf("second")).status?.allocation?.devices?.results?.[0]?.device, "gpu-0");
  await remove("second");
});

test("a pod waits for a class and for devices, and goes where they come", async () => {
  await template("late", "late");
  await makePod("early", { resourceClaimTemplateName: "late" });
  await refusal("early", "0/2 nodes are available: request gpu: device class late does not exist.");
  const expression = `device.attributes["${driver}"].model == "gpu-9"`;
  await client.deviceclasses.create({ metadata: { name: "late" }, spec: { selectors: [{ cel: { expression } }] } });
  await refusal("early", "0/2 nodes are available: 2 cannot allocate all claims.");
  await publish("n2", "gpu-9");
  assert.equal(await nodeOf("early"), "n2");
  await remove("early");
});

test("many pods at once get each a device of its own, and those that share a claim share its device", async () => {
  const names = Array.from({ length: 20 }, (_, at) => `many-${at}`);
  await publish("n1", ...names);
  await template("many");
  await Promise.all(names.map((name) => makePod(name, { resourceClaimTemplateName: "many" })));
  await Promise.all(names.map(nodeOf));
  const claims = await Promise.all(names.map(claimOf));
  const devices = claims.map(({ status }) => JSON.stringify(status?.allocation?.devices?.results));
  assert.equal(new Set(devices).size, names.length);
  await Promise.all(names.map(remove));

  await client.resourceclaims.create({
    metadata: { name: "shared", namespace },
    spec: { devices: { requests: requests("gpu") } },
  });
  await makePod("share-1", { resourceClaimName: "shared" });
  await makePod("share-2", { resourceClaimName: "shared" });
  assert.equal(await nodeOf("share-1"), await nodeOf("share-2"));
  const { status } = await client.resourceclaims.get({ namespace, name: "shared" });
  assert.deepEqual(status?.reservedFor?.map(({ name }) => name).sort(), ["share-1", "share-2"]);
  for (const name of ["share-1", "share-2"]) await remove(name);
  await eventually(async () => !(await client.resourceclaims.get({ namespace, name: "shared" })).status?.allocation);
});

test("a reservation of a pod that was not bound is taken back", async () => {
  const name = "unbound";
  const rule = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE" as const], resources: ["pods/binding"] };
  await client.validatingadmissionpolicies.create({
    metadata: { name },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: `object.metadata.name != "${name}"`, message: "not now" }],
    },
  });
  await client.validatingadmissionpolicybindings.create({
    metadata: { name },
    spec: { policyName: name, validationActions: ["Deny"] },
  });
  await client.resourceclaims.create({
    metadata: { name, namespace },
    spec: { devices: { requests: requests("gpu") } },
  });
  const getClaim = async () => (await client.resourceclaims.get({ namespace, name })).status;
  // Every server has seen a policy by then.
  await new Promise((resolve) => setTimeout(resolve, 500));
  await makePod(name, { resourceClaimName: name });
  await eventually(async () => {
    const status = await getClaim();
    return status?.allocation !== undefined && status.reservedFor === undefined;
  });
  await refusal(name, 'running Bind plugin "DefaultBinder": ');
  await client.validatingadmissionpolicybindings.delete({ name });
  await nodeOf(name);
  assert.deepEqual(
    (await getClaim())?.reservedFor?.map((consumer) => consumer.name),
    [name],
  );
  await remove(name);
});

test("a pod that names a claim waits until somebody makes it", async () => {
  await makePod("waits", { resourceClaimName: "to-come" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.equal((await getPod("waits")).spec.nodeName, undefined);
  await client.resourceclaims.create({
    metadata: { name: "to-come", namespace },
    spec: { devices: { requests: requests("gpu") } },
  });
  await nodeOf("waits");
});
