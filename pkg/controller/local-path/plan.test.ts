import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeClaimSpec } from "#api/types/core/v1";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { provisionedBy, selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { buildVolume, isDue, provisionerName, stepOf, volumeFinalizer, whyNot } from "./plan.ts";

const provisioner = "volume.kubernetes.io/storage-provisioner";
const asked = { [provisioner]: provisionerName };
const placed = { ...asked, [selectedNode]: "node-1" };
const uid = "6d7f";

function claim(
  spec: PersistentVolumeClaimSpec = {},
  annotations: Record<string, string> = placed,
): PersistentVolumeClaim {
  const metadata = { name: "data", namespace: "default", uid, resourceVersion: "7", annotations };
  const resources = { requests: { storage: "2Gi" } };
  return { metadata, spec: { accessModes: ["ReadWriteOnce"], resources, storageClassName: "standard", ...spec } };
}

const storageClass: StorageClass = {
  metadata: { name: "standard" },
  provisioner: provisionerName,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};

test("when a claim's volume is due", () => {
  const immediate: StorageClass = { ...storageClass, volumeBindingMode: "Immediate" };
  const deleted = claim();
  deleted.metadata.deletionTimestamp = "2026-01-01T00:00:00Z";
  const rows: [name: string, claim: PersistentVolumeClaim, of: StorageClass | undefined, wants: boolean][] = [
    ["a node was selected", claim(), storageClass, true],
    [
      "by the annotation's old name",
      claim({}, { [`volume.beta.kubernetes.io/storage-provisioner`]: provisionerName, [selectedNode]: "n" }),
      storageClass,
      true,
    ],
    ["no node yet", claim({}, asked), storageClass, false],
    ["no node is waited for", claim({}, asked), immediate, true],
    ["nobody asked us", claim({}, { [selectedNode]: "node-1" }), storageClass, false],
    ["another was asked", claim({}, { ...placed, [provisioner]: "p.example" }), storageClass, false],
    ["the class is another's", claim(), { ...storageClass, provisioner: "p.example" }, false],
    ["the class is gone", claim(), undefined, false],
    ["it has one", claim({ volumeName: "v" }), storageClass, false],
    ["it goes", deleted, storageClass, false],
  ];
  for (const [name, given, of, wants] of rows) assert.equal(isDue(given, of), wants, name);
});

test("what is refused, and why", () => {
  const source = { kind: "PersistentVolumeClaim", name: "other" };
  const rows: [spec: PersistentVolumeClaimSpec, wants: RegExp | undefined][] = [
    [{}, undefined],
    [{ accessModes: ["ReadWriteOncePod"] }, undefined],
    [{ accessModes: ["ReadWriteOnce", "ReadWriteMany"] }, /^access mode ReadWriteMany is not supported/],
    [{ accessModes: ["ReadOnlyMany"] }, /^access mode ReadOnlyMany is not supported/],
    [{ volumeMode: "Block" }, /^volume mode Block is not supported/],
    [{ selector: {} }, /selector is not supported/],
    [{ dataSource: source }, /dataSource is not supported/],
    [{ dataSourceRef: source }, /dataSource is not supported/],
    [{ volumeAttributesClassName: "fast" }, /volumeAttributesClassName is not supported/],
  ];
  for (const [spec, wants] of rows) {
    const why = whyNot(claim(spec), storageClass);
    if (wants) assert.match(why ?? "", wants);
    else assert.equal(why, undefined);
  }
  assert.match(whyNot(claim(), { ...storageClass, parameters: { path: "/" } }) ?? "", /^parameter "path" of the class/);
  assert.match(whyNot(claim({}, asked), storageClass) ?? "", /no node was selected$/);
});

test("a volume is its claim's, and stays on the node", () => {
  const nodeLabels = { "kubernetes.io/hostname": "host-1" };
  const wanted = { claim: claim(), storageClass, nodeLabels, path: "/volumes/pvc-6d7f" };
  const { metadata, spec } = buildVolume(wanted);
  assert.equal(metadata.name, "pvc-6d7f");
  assert.deepEqual(metadata.annotations, { [provisionedBy]: provisionerName });
  assert.deepEqual(metadata.finalizers, [volumeFinalizer]);
  assert.deepEqual(spec?.claimRef, {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    namespace: "default",
    name: "data",
    uid,
    resourceVersion: "7",
  });
  assert.deepEqual(spec?.capacity, { storage: "2Gi" });
  assert.deepEqual(spec?.nodeAffinity?.required?.nodeSelectorTerms, [
    { matchExpressions: [{ key: "kubernetes.io/hostname", operator: "In", values: ["host-1"] }] },
  ]);
  assert.equal(spec?.mountOptions, undefined);
  const kept = buildVolume({
    ...wanted,
    storageClass: { ...storageClass, reclaimPolicy: "Retain", mountOptions: ["ro"] },
  });
  assert.equal(kept.metadata.finalizers, undefined);
  assert.equal(kept.spec?.persistentVolumeReclaimPolicy, "Retain");
  assert.deepEqual(kept.spec?.mountOptions, ["ro"]);
  assert.throws(() => buildVolume({ ...wanted, nodeLabels: {} }), /no label kubernetes.io\/hostname/);
});

test("what a volume needs next", () => {
  const volume = (
    phase: "Pending" | "Available" | "Bound" | "Released",
    { policy = "Delete", held = true, deleted = false, by = provisionerName } = {},
  ): PersistentVolume => ({
    metadata: {
      annotations: { [provisionedBy]: by },
      finalizers: held ? [volumeFinalizer] : [],
      ...(deleted ? { deletionTimestamp: "2026-01-01T00:00:00Z" } : {}),
    },
    spec: { persistentVolumeReclaimPolicy: policy as "Delete" },
    status: { phase },
  });
  const rows: [name: string, volume: PersistentVolume, wants: string][] = [
    ["in use", volume("Bound"), "nothing"],
    ["in use, and not held", volume("Bound", { held: false }), "hold"],
    ["its claim is gone", volume("Released"), "remove"],
    ["its claim is gone, and it was not held", volume("Released", { held: false }), "remove"],
    ["deleted while in use", volume("Bound", { deleted: true }), "nothing"],
    ["deleted, then released", volume("Released", { deleted: true }), "remove"],
    ["deleted before it was bound", volume("Available", { deleted: true }), "remove"],
    ["a person let it go", volume("Released", { deleted: true, held: false }), "nothing"],
    ["kept", volume("Released", { policy: "Retain", held: false }), "nothing"],
    ["kept from now on", volume("Released", { policy: "Retain" }), "let go"],
    ["another's", volume("Released", { by: "p.example" }), "nothing"],
  ];
  for (const [name, given, wants] of rows) assert.equal(stepOf(given), wants, name);
});
