/** Claims of the class that `kubets up` brings, and what becomes of their volumes: real directories, no pods. */
import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec } from "#api/types/core/v1";
import { type Client, isNotFound } from "#pkg/client/index.ts";
import { localPathRole } from "#pkg/cluster/addons.ts";
import { localPath } from "#pkg/controller/index.ts";
import { startTestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers, untilEvent } from "./support.ts";

const namespace = "default";
const provisioner = "kubets.dev/local-path";
const selectedNode = "volume.kubernetes.io/selected-node";
const account = "local-path-provisioner";
const mark = "storageclass.kubernetes.io/is-default-class";

let base: string;
let directory: string;
let controllers: TestControllers;
let client: Client;
let interrupted: PersistentVolumeClaim;

const directoryOf = (claim: PersistentVolumeClaim) => join(directory, volumeOf(claim));
const volumeOf = ({ metadata }: PersistentVolumeClaim) => `pvc-${metadata.uid}`;
const createClaim = (name: string, spec: PersistentVolumeClaimSpec = {}, annotations: Record<string, string> = {}) =>
  client.persistentvolumeclaims.create({
    metadata: { name, namespace, annotations },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...spec },
  });
const standard = { storageClassName: "standard" };
const on = (node: string) => ({ [selectedNode]: node });
const untilBound = (name: string) =>
  eventually(async () => {
    const claim = await client.persistentvolumeclaims.get({ namespace, name });
    return claim.status?.phase === "Bound" && claim;
  });
const untilGone = (get: Promise<unknown>): Promise<boolean> =>
  get.then(
    () => false,
    (error: NodeJS.ErrnoException) => isNotFound(error) || error.code === "ENOENT",
  );

/** The provisioner writes as an account of its own, which has nothing but the role that a cluster gives it. */
async function bindRole(): Promise<void> {
  const role = localPathRole();
  await client.request("POST", "/apis/rbac.authorization.k8s.io/v1/clusterroles", role);
  await client.clusterrolebindings.create({
    metadata: { name: account },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role.metadata.name },
    subjects: [{ kind: "ServiceAccount", name: account, namespace: "kube-system" }],
  });
}

/** A process that ended between its steps: the directory is made, the volume is not. */
async function interrupt(): Promise<void> {
  const asked = { "volume.kubernetes.io/storage-provisioner": provisioner };
  interrupted = await createClaim("interrupted", standard, { ...on("node-1"), ...asked });
  for (const path of [directoryOf(interrupted), join(directory, "pvc-left"), join(directory, "pvc-full")]) {
    await mkdir(path, { recursive: true });
  }
  await writeFile(join(directory, "pvc-full/data"), "x");
}

before(async () => {
  base = await mkdtemp(join(tmpdir(), "local-path-"));
  directory = join(base, "volumes");
  const server = await startTestApiServer();
  client = server.client;
  await bindRole();
  await client.nodes.create({ metadata: { name: "node-1", labels: { "kubernetes.io/hostname": "host-1" } }, spec: {} });
  await createClaim("early");
  await client.storageclasses.create({
    metadata: { name: "standard" },
    provisioner,
    volumeBindingMode: "WaitForFirstConsumer",
  });
  await interrupt();
  const names = ["binder", "protection"].map((what) => `persistentvolume-${what}-controller`);
  controllers = await startControllers(
    [...names, "persistentvolumeclaim-protection-controller", account],
    { further: [localPath({ directory })] },
    server,
  );
});
after(async () => {
  await controllers?.[Symbol.asyncDispose]();
  await rm(base, { recursive: true, force: true });
});

test("what an earlier process left half done is done, what it left behind goes", async () => {
  const claim = await untilBound("interrupted");
  assert.equal(claim.spec?.volumeName, volumeOf(interrupted));
  await eventually(async () => !(await readdir(directory)).includes("pvc-left"));
  assert.deepEqual(await readdir(join(directory, "pvc-full")), ["data"]);
});

test("a claim without a class gets the default one, also if that is younger", async () => {
  const classOf = async (name: string) =>
    (await client.persistentvolumeclaims.get({ namespace, name })).spec?.storageClassName;
  await untilEvent(
    client,
    "early",
    /^FailedBinding: no persistent volumes available for this claim and no storage class is set/,
  );
  assert.equal(await classOf("early"), undefined);
  await client.storageclasses.patch(
    { name: "standard" },
    { metadata: { annotations: { [mark]: "true" } } },
    { type: "merge" },
  );
  await eventually(async () => (await classOf("early")) === "standard");
  const claim = await createClaim("late");
  assert.equal(claim.spec?.storageClassName, "standard");
  assert.equal((await createClaim("classless", { storageClassName: "" })).spec?.storageClassName, "");
});

test("a volume is made on the selected node, and goes with its claim", async () => {
  const address = { namespace, name: "data" };
  const claim = await createClaim(address.name, standard);
  await untilEvent(client, "data", /^WaitForFirstConsumer: /);
  assert.ok(!(await readdir(directory)).includes(volumeOf(claim)));
  await client.persistentvolumeclaims.patch(address, { metadata: { annotations: on("node-1") } }, { type: "merge" });
  await untilBound("data");
  await untilEvent(
    client,
    "data",
    /^Provisioning: External provisioner is provisioning volume for claim "default\/data"$/,
  );
  await untilEvent(
    client,
    "data",
    new RegExp(`^ProvisioningSucceeded: Successfully provisioned volume ${volumeOf(claim)}$`),
  );
  const { spec } = await client.persistentvolumes.get({ name: volumeOf(claim) });
  assert.equal(spec?.local?.path, directoryOf(claim));
  assert.equal((await stat(directoryOf(claim))).mode & 0o777, 0o777);
  await writeFile(join(directoryOf(claim), "file"), "x");
  await client.persistentvolumeclaims.delete(address);
  await eventually(() => untilGone(client.persistentvolumes.get({ name: volumeOf(claim) })));
  await assert.rejects(stat(directoryOf(claim)), { code: "ENOENT" });
});

test("a volume that is deleted before its claim keeps its content until the claim goes", async () => {
  const address = { namespace, name: "first" };
  const claim = await createClaim(address.name, standard, on("node-1"));
  await untilBound("first");
  const volume = { name: volumeOf(claim) };
  await writeFile(join(directoryOf(claim), "file"), "x");
  await client.persistentvolumes.delete(volume);
  await new Promise((resolve) => setTimeout(resolve, 500));
  assert.deepEqual(await readdir(directoryOf(claim)), ["file"]);
  await client.persistentvolumeclaims.delete(address);
  await eventually(() => untilGone(stat(directoryOf(claim))));
  await eventually(() => untilGone(client.persistentvolumes.get(volume)));
});

test("a volume that is to be kept stays, with its content", async () => {
  const address = { namespace, name: "kept" };
  const claim = await createClaim(address.name, standard, on("node-1"));
  await untilBound("kept");
  const volume = { name: volumeOf(claim) };
  const retain = { spec: { persistentVolumeReclaimPolicy: "Retain" } };
  await client.persistentvolumes.patch(volume, retain, { type: "merge" });
  await writeFile(join(directoryOf(claim), "file"), "x");
  await client.persistentvolumeclaims.delete(address);
  await eventually(async () => (await client.persistentvolumes.get(volume)).status?.phase === "Released");
  await client.persistentvolumes.delete(volume);
  await eventually(() => untilGone(client.persistentvolumes.get(volume)));
  assert.deepEqual(await readdir(directoryOf(claim)), ["file"]);
});

test("claims that cannot be served say why", async () => {
  const failed = 'ProvisioningFailed: failed to provision volume with StorageClass "standard": ';
  await createClaim("shared", { ...standard, accessModes: ["ReadWriteMany"] }, on("node-1"));
  await untilEvent(client, "shared", new RegExp(`^${failed}access mode ReadWriteMany is not supported`));
  await createClaim("device", { ...standard, volumeMode: "Block" }, on("node-1"));
  await untilEvent(client, "device", new RegExp(`^${failed}volume mode Block is not supported`));
});

test("a node that is gone is taken back, so that another is selected", async () => {
  await createClaim("lost", standard, on("node-9"));
  await untilEvent(client, "lost", /^ProvisioningFailed: nodes "node-9" not found$/);
  await eventually(async () => {
    const { metadata } = await client.persistentvolumeclaims.get({ namespace, name: "lost" });
    return metadata.annotations?.[selectedNode] === undefined;
  });
});

test("a volume that says that it is ours, and lies elsewhere, is not touched", async () => {
  const precious = join(base, "precious");
  await mkdir(precious);
  const volume = { name: "pvc-liar" };
  const here = { key: "kubernetes.io/hostname", operator: "In" as const, values: ["host-1"] };
  await client.persistentvolumes.create({
    metadata: { ...volume, annotations: { "pv.kubernetes.io/provisioned-by": provisioner } },
    spec: {
      accessModes: ["ReadWriteOnce"],
      capacity: { storage: "1Gi" },
      claimRef: { namespace, name: "nobody", uid: "0" },
      local: { path: precious },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
      persistentVolumeReclaimPolicy: "Delete",
    },
  });
  await untilEvent(
    client,
    volume.name,
    new RegExp(`^VolumeFailedDelete: "${precious}" is not the directory of pvc-liar$`),
  );
  assert.ok((await stat(precious)).isDirectory());
  assert.equal((await client.persistentvolumes.get(volume)).status?.phase, "Released");
});
