/** Pods with volumes, placed by our scheduler while our volume controller binds their claims. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { ObjectReference, Pod, PodSpec } from "#api/types/core/v1";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { type Client, connect, informers as informersOf } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startScheduler } from "#pkg/scheduler/index.ts";
import { startControllers } from "#test/controller/support.ts";
import { createServiceAccount } from "#test/support/apiserver.ts";
import { eventually as looking } from "#test/support/cluster.ts";

const namespace = "default";
const nodes = ["a", "b"];
const hostname = "kubernetes.io/hostname";
/** More than the scheduler binds at once. */
const waitingPods = 70;
const storage = new AsyncDisposableStack();
let client: Client;

/** Looks until there is something. */
const eventually = <T>(look: () => Promise<T | undefined>): Promise<T> =>
  looking(async () => (await look()) ?? (false as const), { withinMs: 30_000, everyMs: 50 });

before(async () => {
  const controllers = storage.use(
    await startControllers(["persistentvolume-binder-controller", "ephemeral-volume-controller"]),
  );
  client = controllers.client;
  await createServiceAccount(client).catch(() => undefined);
  for (const name of nodes) await createNode(name);
  for (const [name, provisioner] of Object.entries({ local: "kubernetes.io/no-provisioner", made: "p.example" })) {
    await client.storageclasses.create({
      metadata: { name },
      provisioner,
      volumeBindingMode: "WaitForFirstConsumer",
    });
  }
  const scheduling = storage.use(connect(controllers.server.connection(pkiPaths.scheduler)));
  const log = createLogger("scheduler-test");
  const informers = storage.use(informersOf(scheduling, { log }));
  const stop = new AbortController();
  storage.use(await startScheduler({ client: scheduling, informers, log }, { signal: stop.signal }));
  storage.defer(() => stop.abort());
  informers.start(stop.signal);
});
after(() => storage.disposeAsync());

async function createNode(name: string): Promise<void> {
  const room = { cpu: "8", memory: "8Gi", pods: "200" };
  await client.nodes.create({ metadata: { name, labels: { [hostname]: name } }, spec: {} });
  await client.nodes.patch({ name }, { spec: { taints: null } }, { type: "merge" });
  await client.nodes.patch(
    { name },
    { status: { capacity: room, allocatable: room } },
    { type: "merge", subresource: "status" },
  );
}

const createVolume = (name: string, on: string, storageClassName: string, claimRef?: ObjectReference) =>
  client.persistentvolumes.create({
    metadata: { name },
    spec: {
      ...{ accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, storageClassName },
      persistentVolumeReclaimPolicy: "Retain",
      local: { path: "/tmp" },
      ...(claimRef ? { claimRef } : {}),
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key: hostname, operator: "In", values: [on] }] }] },
      },
    },
  });

const claimSpec = (storageClassName: string) => ({
  ...{ accessModes: ["ReadWriteOnce"], storageClassName },
  resources: { requests: { storage: "1Gi" } },
});
const createClaim = (name: string, storageClassName: string) =>
  client.persistentvolumeclaims.create({ metadata: { name, namespace }, spec: claimSpec(storageClassName) });

const createPod = (name: string, claimName: string, more: Partial<PodSpec> = {}) =>
  client.pods.create({
    metadata: { name, namespace },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName } }],
      ...more,
    },
  });

const getPod = (name: string): Promise<Pod> => client.pods.get({ namespace, name });
const getClaim = (name: string) => client.persistentvolumeclaims.get({ namespace, name });
const nodeOf = (name: string) => eventually(async () => (await getPod(name)).spec.nodeName || undefined);
const whyWaiting = ({ status }: Pod) => status?.conditions?.find(({ type }) => type === "PodScheduled")?.message ?? "";
const untilWaiting = (name: string, why: RegExp) =>
  eventually(async () => {
    const message = whyWaiting(await getPod(name));
    assert.match(message, why);
    return message;
  });

test("a bound local volume draws the pod to its node, and keeps it from all others", async () => {
  await createVolume("bound", "b", "");
  await createClaim("bound", "");
  await eventually(async () => ((await getClaim("bound")).status?.phase === "Bound" ? true : undefined));
  await createPod("drawn", "bound");
  assert.equal(await nodeOf("drawn"), "b");
  await createPod("torn", "bound", { nodeSelector: { [hostname]: "a" } });
  await untilWaiting(
    "torn",
    /^0\/2 nodes are available: 1 node\(s\) didn't match PersistentVolume's node affinity, 1 node\(s\) didn't match Pod's node affinity\/selector\./,
  );
});

test("a claim that waits for its first consumer gets a volume of the node that the pod gets", async () => {
  await createClaim("waits", "local");
  await createPod("consumer", "waits", { nodeSelector: { [hostname]: "b" } });
  await untilWaiting("consumer", /1 node\(s\) didn't find available persistent volumes to bind/);
  await createVolume("on-a", "a", "local");
  await createVolume("on-b", "b", "local");
  assert.equal(await nodeOf("consumer"), "b");
  const claim = await getClaim("waits");
  assert.equal(claim.spec?.volumeName, "on-b");
  assert.equal(claim.status?.phase, "Bound");
  const { metadata, spec } = await client.persistentvolumes.get({ name: "on-b" });
  assert.equal(metadata.annotations?.["pv.kubernetes.io/bound-by-controller"], "yes");
  assert.equal(spec?.claimRef?.uid, claim.metadata.uid);
  assert.equal((await client.persistentvolumes.get({ name: "on-a" })).spec?.claimRef, undefined);
});

test("the claim of an ephemeral volume is waited for", async () => {
  const ephemeral = { volumeClaimTemplate: { spec: claimSpec("local") } };
  await createPod("ephemeral", "", { volumes: [{ name: "scratch", ephemeral }] });
  assert.equal(await nodeOf("ephemeral"), "a");
  assert.equal((await getClaim("ephemeral-scratch")).spec?.volumeName, "on-a");
});

test("pods whose volumes are being made hold back nobody", async () => {
  const names = Array.from({ length: waitingPods }, (_, at) => `made-${at}`);
  await Promise.all(names.map((name) => createClaim(name, "made")));
  await Promise.all(names.map((name) => createPod(name, name)));
  const chosen = (name: string) =>
    eventually(async () => (await getClaim(name)).metadata.annotations?.["volume.kubernetes.io/selected-node"]);
  for (const name of names) assert.ok(nodes.includes(await chosen(name)));
  await createPod("unhindered", "", { volumes: [] });
  assert.ok(nodes.includes(await nodeOf("unhindered")));
});

test("a volume made for the chosen node lets the pod go there", async () => {
  const claim = await getClaim("made-0");
  const chosen = claim.metadata.annotations?.["volume.kubernetes.io/selected-node"] ?? "";
  const { spec, status } = await getPod("made-0");
  assert.equal(spec.nodeName ?? "", "");
  assert.equal(status?.nominatedNodeName, chosen);
  const { uid = "" } = claim.metadata;
  const claimRef = { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name: "made-0", uid };
  await createVolume("made-for-0", chosen, "made", claimRef);
  assert.equal(await nodeOf("made-0"), chosen);
  assert.equal((await getPod("made-0")).status?.nominatedNodeName, undefined);
});

test("a provisioner that gives up sends the pod back, and it is tried again", async () => {
  const claim = await getClaim("made-1");
  const { "volume.kubernetes.io/selected-node": before = "", ...annotations } = claim.metadata.annotations ?? {};
  assert.ok(nodes.includes(before));
  const away = { metadata: { ...claim.metadata, annotations } };
  await client.persistentvolumeclaims.update({ ...claim, ...away });
  const why = 'running PreBind plugin "VolumeBinding": binding volumes: provisioning failed for PVC "made-1"';
  const events = async () => {
    const { items } = await client.events.list({ namespace, fieldSelector: "involvedObject.name=made-1" });
    return items.map(({ message }) => message);
  };
  await eventually(async () => ((await events()).includes(why) ? true : undefined));
  await eventually(async () => (await getClaim("made-1")).metadata.annotations?.["volume.kubernetes.io/selected-node"]);
});
