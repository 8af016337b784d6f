import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume, PersistentVolumeSpec, VolumeNodeAffinity } from "#api/types/core/v1";
import { validateNewVolume, validateVolumeUpdate } from "./validate.ts";
import { volumeWarnings } from "./warnings.ts";

const volume = (spec: PersistentVolumeSpec): PersistentVolume => ({
  metadata: { name: "v" },
  spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], ...spec },
});
const said = (errors: readonly { field: string; detail: string }[]): string[] =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

test("what is refused in a new volume", () => {
  const rows: [name: string, spec: PersistentVolumeSpec, says: string[]][] = [
    [
      "two sources",
      { nfs: { server: "s", path: "/p" }, cephfs: { monitors: ["m"] } },
      ["spec.cephFS: Forbidden: may not specify more than 1 volume type"],
    ],
    [
      "a local volume that is everywhere",
      { local: { path: "/d" } },
      ["spec.nodeAffinity: Required value: Local volume requires node affinity"],
    ],
    [
      "the root, to be emptied",
      { hostPath: { path: "/" }, persistentVolumeReclaimPolicy: "Recycle" },
      ["spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'"],
    ],
    [
      "one pod, and many",
      { hostPath: { path: "/a" }, accessModes: ["ReadWriteOncePod", "ReadWriteMany"] },
      ["spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
    ],
    [
      "a class of attributes without a driver",
      { hostPath: { path: "/a" }, volumeAttributesClassName: "" },
      [
        "spec.volumeAttributesClassName: Required value: an empty string is disallowed",
        "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
      ],
    ],
    [
      "a secret without a namespace",
      {
        csi: { driver: "d", volumeHandle: "h", nodePublishSecretRef: { name: "a" } },
      },
      ["spec.csi.nodePublishSecretRef.namespace: Required value"],
    ],
    [
      "an initiator that is none",
      {
        iscsi: { targetPortal: "a", iqn: "iqn.2001-04.com.example:x", lun: 0, initiatorName: "x" },
      },
      ['spec.iscsi.initiatorname: Invalid value: "x": must be valid format'],
    ],
  ];
  for (const [name, spec, says] of rows) assert.deepEqual(said(validateNewVolume(volume(spec))), says, name);
});

test("a long initiator's name is refused at once", () => {
  const iqn = `iqn.2001-04.${"a".repeat(50_000)}`;
  const [error] = validateNewVolume(volume({ iscsi: { targetPortal: "a", iqn, lun: 0 } }));
  assert.equal(error?.field, "spec.iscsi.iqn");
});

test("what of a volume may change", () => {
  const on = (key: string): VolumeNodeAffinity => ({
    required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: "In", values: ["x"] }] }] },
  });
  const csi = { driver: "d", volumeHandle: "h" };
  const secret = { name: "a", namespace: "b" };
  const rows: [name: string, old: PersistentVolumeSpec, next: PersistentVolumeSpec, fields: string[]][] = [
    [
      "a label that got its final name",
      { csi, nodeAffinity: on("beta.kubernetes.io/arch") },
      { csi, nodeAffinity: on("kubernetes.io/arch") },
      [],
    ],
    ["any other label", { csi, nodeAffinity: on("a") }, { csi, nodeAffinity: on("b") }, ["nodeAffinity"]],
    ["an affinity that was not there", { csi }, { csi, nodeAffinity: on("a") }, []],
    ["the secret to grow by, once", { csi }, { csi: { ...csi, controllerExpandSecretRef: secret } }, []],
    ["the source", { csi }, { csi: { ...csi, volumeHandle: "other" } }, ["spec.persistentvolumesource"]],
    ["no class any more", { csi, volumeAttributesClassName: "a" }, { csi }, ["spec.volumeAttributesClassName"]],
  ];
  for (const [name, old, next, fields] of rows) {
    assert.deepEqual(
      validateVolumeUpdate(volume(next), volume(old)).map(({ field }) => field),
      fields,
      name,
    );
  }
});

test("what goes is warned of", () => {
  assert.deepEqual(volumeWarnings(volume({ rbd: { monitors: ["m"], image: "i" } })), [
    "spec.rbd: deprecated in v1.28, non-functional in v1.31+",
  ]);
});
