/** What belongs to volumes: claims of ephemeral ones, classes in use, claims that grow. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers, untilEvent } from "./support.ts";

let controllers: TestControllers;
let client: Client;
const namespace = "default";

before(async () => {
  controllers = await startControllers([
    "ephemeral-volume-controller",
    "volumeattributesclass-protection-controller",
    "persistentvolume-expander-controller",
    "persistentvolume-binder-controller",
  ]);
  client = controllers.client;
  await eventually(async () => (await client.serviceaccounts.get({ namespace, name: "default" })) !== null);
});
after(() => controllers[Symbol.asyncDispose]());

const size = (storage: string) => ({ resources: { requests: { storage } } });
const claimSpec = { accessModes: ["ReadWriteOnce"], storageClassName: "", ...size("1Gi") };
const ephemeralPod = (name: string) =>
  client.pods.create({
    metadata: { name, namespace },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: [
        {
          name: "scratch",
          ephemeral: { volumeClaimTemplate: { metadata: { labels: { kind: "scratch" } }, spec: claimSpec } },
        },
      ],
    },
  });

test("an ephemeral volume gets a claim that belongs to its pod, again when it was deleted", async () => {
  const pod = await ephemeralPod("user");
  const address = { namespace, name: "user-scratch" };
  const claim = await eventually(() => client.persistentvolumeclaims.get(address));
  assert.deepEqual(claim.metadata.labels, { kind: "scratch" });
  const [owner] = claim.metadata.ownerReferences ?? [];
  assert.equal(`${owner?.kind}/${owner?.uid}/${owner?.controller}`, `Pod/${pod.metadata.uid}/true`);
  const free = { metadata: { finalizers: null } };
  await client.persistentvolumeclaims.patch(address, free, { type: "merge" });
  await client.persistentvolumeclaims.delete(address);
  await eventually(async () => (await client.persistentvolumeclaims.get(address)).metadata.uid !== claim.metadata.uid);
});

test("a claim of somebody else is not taken", async () => {
  await client.persistentvolumeclaims.create({ metadata: { name: "thief-scratch", namespace }, spec: claimSpec });
  await ephemeralPod("thief");
  const why = "PVC default/thief-scratch was not created for pod default/thief \\(pod is not owner\\)";
  await untilEvent(client, "thief", new RegExp(`^FailedBinding: ephemeral volume scratch: ${why}$`));
});

test("a class of volume attributes stays as long as a claim uses it", async () => {
  const address = { name: "fast" };
  await client.volumeattributesclasses.create({
    metadata: address,
    driverName: "d.example",
    parameters: { iops: "9" },
  });
  const get = () => client.volumeattributesclasses.get(address);
  await eventually(async () => (await get()).metadata.finalizers?.includes("kubernetes.io/vac-protection") ?? false);
  await client.persistentvolumeclaims.create({
    metadata: { name: "uses", namespace },
    spec: { ...claimSpec, volumeAttributesClassName: "fast" },
  });
  await client.volumeattributesclasses.delete(address);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok((await get()).metadata.deletionTimestamp);
  const claim = { namespace, name: "uses" };
  await client.persistentvolumeclaims.patch(claim, { metadata: { finalizers: null } }, { type: "merge" });
  await client.persistentvolumeclaims.delete(claim);
  await eventually(() =>
    get().then(
      () => false,
      () => true,
    ),
  );
});

test("who makes a claim bigger is told that somebody else has to", async () => {
  const storageClassName = "grows";
  await client.storageclasses.create({
    metadata: { name: storageClassName },
    provisioner: "p.example",
    allowVolumeExpansion: true,
    volumeBindingMode: "Immediate",
  });
  await client.persistentvolumes.create({
    metadata: { name: "disk" },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      storageClassName,
      csi: { driver: "p.example", volumeHandle: "h" },
    },
  });
  const address = { namespace, name: "data" };
  await client.persistentvolumeclaims.create({ metadata: address, spec: { ...claimSpec, storageClassName } });
  await eventually(async () => (await client.persistentvolumeclaims.get(address)).status?.phase === "Bound");
  await client.persistentvolumeclaims.patch(address, { spec: size("2Gi") }, { type: "merge" });
  await untilEvent(client, "data", /^ExternalExpanding: waiting for an external controller to expand this PVC$/);
});

test("a claim that waits for a pod is left to the scheduler, and says for whom it waits", async () => {
  const storageClassName = "later";
  await client.storageclasses.create({
    metadata: { name: storageClassName },
    provisioner: "p.example",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  const spec = {
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "1Gi" },
    storageClassName,
    hostPath: { path: "/" },
  };
  await client.persistentvolumes.create({ metadata: { name: "free" }, spec });
  await client.persistentvolumeclaims.create({
    metadata: { name: "patient", namespace },
    spec: { ...claimSpec, storageClassName },
  });
  await untilEvent(
    client,
    "patient",
    /^WaitForFirstConsumer: waiting for first consumer to be created before binding$/,
  );
  await client.pods.create({
    metadata: { name: "late", namespace },
    spec: {
      containers: [{ name: "c", image: "i" }],
      volumes: [{ name: "data", persistentVolumeClaim: { claimName: "patient" } }],
    },
  });
  const address = { namespace, name: "patient" };
  const touch = (annotations: object) =>
    client.persistentvolumeclaims.patch(address, { metadata: { annotations } }, { type: "merge" });
  await touch({ touched: "yes" });
  await untilEvent(client, "patient", /^WaitForPodScheduled: waiting for pod late to be scheduled$/);
  await touch({ "volume.kubernetes.io/selected-node": "n" });
  await untilEvent(client, "patient", /^ExternalProvisioning: Waiting for a volume to be created either by/);
  const claim = await client.persistentvolumeclaims.get(address);
  assert.equal(claim.metadata.annotations?.["volume.kubernetes.io/storage-provisioner"], "p.example");
  assert.equal((await client.persistentvolumes.get({ name: "free" })).spec?.claimRef, undefined);
});

test("a volume whose claim got another one is free again", async () => {
  // Nobody else's class, so that no other claim takes the volumes.
  const storageClassName = "own";
  const spec = {
    accessModes: ["ReadWriteOnce"],
    capacity: { storage: "1Gi" },
    storageClassName,
    hostPath: { path: "/" },
  };
  await client.persistentvolumes.create({ metadata: { name: "first" }, spec });
  const { metadata } = await client.persistentvolumeclaims.create({
    metadata: { name: "settled", namespace },
    spec: { ...claimSpec, storageClassName, volumeName: "first" },
  });
  const address = { namespace, name: "settled" };
  await eventually(async () => (await client.persistentvolumeclaims.get(address)).status?.phase === "Bound");
  const claimRef = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    namespace,
    name: "settled",
    uid: metadata.uid ?? "",
  };
  const byUs = { "pv.kubernetes.io/bound-by-controller": "yes" };
  await client.persistentvolumes.create({
    metadata: { name: "second", annotations: byUs },
    spec: { ...spec, claimRef },
  });
  await eventually(async () => {
    const volume = await client.persistentvolumes.get({ name: "second" });
    return volume.spec?.claimRef === undefined && volume.status?.phase === "Available";
  });
});
