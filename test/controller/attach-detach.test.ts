/** Volumes of an external driver, whose part is played by the test: attached where pods need them, and taken away. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers, untilEvent } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";
const driver = "disk.example.com";

before(async () => {
  controllers = await startControllers([
    "persistentvolume-attach-detach-controller",
    "persistentvolume-binder-controller",
  ]);
  client = controllers.client;
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
  const annotations = { "volumes.kubernetes.io/controller-managed-attach-detach": "true" };
  for (const name of ["n1", "n2"]) await client.nodes.create({ metadata: { name, annotations }, spec: {} });
});
after(() => controllers[Symbol.asyncDispose]());

/** A volume with a claim that is bound to it. */
async function makeVolume(name: string, of = driver): Promise<void> {
  const shared = { accessModes: ["ReadWriteOnce"], storageClassName: "" };
  await client.persistentvolumes.create({
    metadata: { name },
    spec: {
      ...shared,
      capacity: { storage: "1Gi" },
      csi: { driver: of, volumeHandle: name },
      claimRef: { namespace, name },
    },
  });
  await client.persistentvolumeclaims.create({
    metadata: { name, namespace },
    spec: { ...shared, volumeName: name, resources: { requests: { storage: "1Gi" } } },
  });
  await eventually(
    async () => (await client.persistentvolumeclaims.get({ namespace, name })).status?.phase === "Bound",
  );
}

const makePod = (name: string, claimName: string, nodeName: string) =>
  client.pods.create({
    metadata: { name, namespace },
    spec: {
      nodeName,
      terminationGracePeriodSeconds: 0,
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "v", persistentVolumeClaim: { claimName } }],
    },
  });
const removePod = (name: string) => client.pods.delete({ namespace, name }, { body: { gracePeriodSeconds: 0 } });
const attachmentName = (volume: string, node: string) =>
  `csi-${createHash("sha256").update(`${volume}${driver}${node}`).digest("hex")}`;
const attachment = (volume: string, node: string) =>
  client.volumeattachments.get({ name: attachmentName(volume, node) });
const isGone = (volume: string, node: string) =>
  attachment(volume, node).then(
    () => false,
    () => true,
  );
async function answer(
  volume: string,
  node: string,
  status: { attached: boolean; attachError?: object },
): Promise<void> {
  const found = await eventually(() => attachment(volume, node), { everyMs: 50 });
  await client.volumeattachments.updateStatus({ ...found, status });
}
const nodeStatus = (name: string, status: object) =>
  client.nodes.patch({ name }, { status }, { type: "merge", subresource: "status" });
const shown = async (node: string) =>
  ((await client.nodes.get({ name: node })).status?.volumesAttached ?? []).map(({ name }) => name);

test("attached where a pod runs, reported, and detached when nobody there uses it any more", async () => {
  await makeVolume("disk");
  await makePod("user", "disk", "n1");
  await answer("disk", "n1", { attached: false, attachError: { message: "no room", time: new Date().toISOString() } });
  await untilEvent(client, "user", 'FailedAttachVolume: AttachVolume.Attach failed for volume "disk" : no room');
  await answer("disk", "n1", { attached: true });
  await untilEvent(client, "user", 'SuccessfulAttachVolume: AttachVolume.Attach succeeded for volume "disk" ');
  const unique = `kubernetes.io/csi/${driver}^disk`;
  await eventually(async () => (await shown("n1")).join() === unique);

  await makePod("rival", "disk", "n2");
  const text = 'Multi-Attach error for volume "disk" Volume is already used by pod(s) user';
  await untilEvent(client, "rival", `FailedAttachVolume: ${text}`);
  assert.ok(await isGone("disk", "n2"));

  await nodeStatus("n1", { volumesInUse: [unique], conditions: [{ type: "Ready", status: "True" }] });
  await removePod("user");
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(!(await isGone("disk", "n1")), "the node still uses it");
  await nodeStatus("n1", { volumesInUse: [] });
  await eventually(() => isGone("disk", "n1"));
  assert.deepEqual(await shown("n1"), []);
  await answer("disk", "n2", { attached: true });
  await eventually(async () => (await shown("n2")).join() === unique);
});

test("a node that is out of service loses its volumes at once", async () => {
  await makeVolume("stuck");
  await makePod("stuck", "stuck", "n1");
  await answer("stuck", "n1", { attached: true });
  await nodeStatus("n1", { volumesInUse: [`kubernetes.io/csi/${driver}^stuck`] });
  await removePod("stuck");
  const taints = [{ key: "node.kubernetes.io/out-of-service", effect: "NoExecute" as const }];
  await client.nodes.patch({ name: "n1" }, { spec: { taints } }, { type: "merge" });
  await eventually(() => isGone("stuck", "n1"));
});

test("a node whose kubelet attaches for itself is left alone", async () => {
  await client.nodes.create({ metadata: { name: "own" }, spec: {} });
  await makeVolume("theirs");
  const name = attachmentName("theirs", "own");
  const source = { persistentVolumeName: "theirs" };
  await client.volumeattachments.create({ metadata: { name }, spec: { attacher: driver, nodeName: "own", source } });
  const volumesAttached = [{ name: `kubernetes.io/csi/${driver}^theirs`, devicePath: "" }];
  await nodeStatus("own", { volumesAttached });
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.ok(!(await isGone("theirs", "own")));
  assert.deepEqual(
    await shown("own"),
    volumesAttached.map((each) => each.name),
  );
  await client.volumeattachments.delete({ name });
});

test("drivers that need no attaching, attachments that are not ours", async () => {
  await client.csidrivers.create({ metadata: { name: "free.example.com" }, spec: { attachRequired: false } });
  await makeVolume("free", "free.example.com");
  await makePod("free", "free", "n2");
  const foreign = {
    metadata: { name: "by-hand" },
    spec: { attacher: driver, nodeName: "n2", source: { persistentVolumeName: "stuck" } },
  };
  await client.volumeattachments.create(foreign);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const { items } = await client.volumeattachments.list();
  assert.deepEqual(items.map(({ metadata }) => metadata.name).sort(), ["by-hand", attachmentName("disk", "n2")].sort());
});
