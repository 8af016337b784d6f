import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim, PersistentVolumeClaimSpec, PersistentVolumeClaimStatus } from "#api/types/core/v1";
import { alignDataSources } from "./data-source.ts";
import { classAnnotation, validateClaimUpdate } from "./validate.ts";
import { validateClaimStatus } from "./validate-status.ts";

const claim = (
  spec: PersistentVolumeClaimSpec,
  status: PersistentVolumeClaimStatus = {},
  annotations: Record<string, string> = {},
): PersistentVolumeClaim => ({
  metadata: { name: "c", namespace: "default", annotations },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "2Gi" } }, ...spec },
  status,
});
const asks = (storage: string): PersistentVolumeClaimSpec => ({ resources: { requests: { storage } } });
const bound: PersistentVolumeClaimStatus = { phase: "Bound", capacity: { storage: "1Gi" } };
const fieldsOf = (next: PersistentVolumeClaim, old: PersistentVolumeClaim): string[] =>
  validateClaimUpdate(next, old).map(({ field }) => field);

test("what of a claim may change", () => {
  const size = "spec.resources.requests.storage";
  const named = { [classAnnotation]: "slow" };
  const rows: [name: string, next: PersistentVolumeClaim, old: PersistentVolumeClaim, fields: string[]][] = [
    ["a bound claim grows", claim(asks("3Gi"), bound), claim({}, bound), []],
    ["one that is not bound does not", claim(asks("3Gi")), claim({}), ["spec"]],
    ["the same amount, written otherwise", claim(asks("2048Mi")), claim({}), []],
    ["back to less, but more than there is", claim(asks("1500Mi"), bound), claim({}, bound), []],
    ["back to what there is", claim(asks("1Gi"), bound), claim({}, bound), [size]],
    ["its volume, once", claim({ volumeName: "v" }), claim({}), []],
    ["its volume, again", claim({ volumeName: "w" }), claim({ volumeName: "v" }), ["spec"]],
    ["its class, once", claim({ storageClassName: "a" }), claim({}), []],
    ["its class, from the annotation", claim({ storageClassName: "slow" }), claim({}, {}, named), []],
    [
      "another class than the annotation's",
      claim({ storageClassName: "a" }, {}, named),
      claim({}, {}, named),
      ["spec"],
    ],
    ["attributes of a bound claim", claim({ volumeAttributesClassName: "a" }, bound), claim({}, bound), []],
    [
      "no attributes after there were some",
      claim({}, { ...bound, currentVolumeAttributesClassName: "a" }),
      claim({ volumeAttributesClassName: "a" }, { ...bound, currentVolumeAttributesClassName: "a" }),
      ["spec.volumeAttributesClassName"],
    ],
  ];
  for (const [name, next, old, fields] of rows) assert.deepEqual(fieldsOf(next, old), fields, name);
});

test("what a claim is filled from", () => {
  const snapshot = { apiGroup: "snapshot.storage.k8s.io", kind: "VolumeSnapshot", name: "s" };
  const other = { apiGroup: "example.com", kind: "Thing", name: "t" };
  const rows: [
    name: string,
    given: PersistentVolumeClaimSpec,
    old: PersistentVolumeClaimSpec | undefined,
    becomes: object,
  ][] = [
    ["the old field says it", { dataSource: snapshot }, undefined, { dataSource: snapshot, dataSourceRef: snapshot }],
    ["the new field says it", { dataSourceRef: other }, undefined, { dataSource: other, dataSourceRef: other }],
    ["the old field takes no other kinds", { dataSource: other }, undefined, {}],
    ["but keeps them", { dataSource: other }, { dataSource: other }, { dataSource: other, dataSourceRef: other }],
    ["other namespaces are not enabled", { dataSourceRef: { ...snapshot, namespace: "n" } }, undefined, {}],
  ];
  for (const [name, given, old, becomes] of rows) {
    const spec = structuredClone(given);
    alignDataSources(spec, old);
    assert.deepEqual(spec, becomes, name);
  }
});

test("what a status may not say", () => {
  const said = (status: PersistentVolumeClaimStatus): string[] =>
    validateClaimStatus(claim({}, status)).map(({ field, detail }) => `${field}: ${detail}`);
  assert.deepEqual(said({ allocatedResources: { cpu: "1" } }), [
    'status.allocatedResources: Unsupported value: "cpu": supported values: "storage"',
  ]);
  assert.deepEqual(said({ allocatedResources: { "example.com/iops": "1" } }), []);
  assert.deepEqual(said({ capacity: { storage: "-1" } }), [
    "status.capacity[storage]: Invalid value: -1: must be a valid resource quantity",
  ]);
});
