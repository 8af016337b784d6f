import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { defaultIngressClass } from "./default-ingress-class/plugin.ts";
import { defaultStorageClass } from "./default-storage-class/plugin.ts";
import { persistentVolumeClaimResize } from "./persistent-volume-claim-resize/plugin.ts";
import type { AdmissionPluginFactory, AdmissionRequest, AdmissionServices } from "./plugin.ts";

const made = (name: string, creationTimestamp: string, annotations: Record<string, string> = {}): KubeObject =>
  ({ metadata: { name, creationTimestamp, annotations } }) as KubeObject;

/** A plugin over a cluster with these classes. */
function plugin(make: AdmissionPluginFactory, classes: readonly object[]) {
  const reader = {
    list: async () => classes,
    get: async (_: unknown, __: string, name: string) =>
      classes.find((one) => (one as KubeObject).metadata.name === name),
  };
  return make({ reader } as unknown as AdmissionServices);
}

const on = (more: object): AdmissionRequest => more as unknown as AdmissionRequest;

for (const { make, mark, field } of [
  { make: defaultStorageClass, mark: "storageclass.kubernetes.io/is-default-class", field: "storageClassName" },
  { make: defaultIngressClass, mark: "ingressclass.kubernetes.io/is-default-class", field: "ingressClassName" },
]) {
  test(`${field}: the newest default, then the first by name, for who asks for none`, async () => {
    const classes = [
      made("old", "2025-01-01T00:00:00Z", { [mark]: "true" }),
      made("b", "2026-01-01T00:00:00Z", { [mark]: "true" }),
      made("a", "2026-01-01T00:00:00Z", { [mark]: "true" }),
      made("newest", "2026-06-01T00:00:00Z", { [mark]: "false" }),
    ];
    const given = async (spec: object, of: readonly object[] = classes, annotations = {}) => {
      const object = { metadata: { annotations }, spec };
      await plugin(make, of).admit?.(on({ object }));
      return (object.spec as Record<string, unknown>)[field];
    };
    assert.equal(await given({}), "a");
    assert.equal(await given({ [field]: "own" }), "own");
    assert.equal(await given({ [field]: "" }), "");
    assert.equal(await given({}, []), undefined);
    assert.equal(await given({}, classes.slice(3)), undefined);
  });
}

test("an Ingress that asks by annotation keeps its wish", async () => {
  const object = { metadata: { annotations: { "kubernetes.io/ingress.class": "x" } }, spec: {} };
  const usual = made("usual", "2026-01-01T00:00:00Z", { "ingressclass.kubernetes.io/is-default-class": "true" });
  await plugin(defaultIngressClass, [usual]).admit?.(on({ object }));
  assert.deepEqual(object.spec, {});
});

test("a claim grows when it is bound and its class lets it", async () => {
  const classes = [
    { ...made("grows", ""), allowVolumeExpansion: true },
    { ...made("fixed", ""), allowVolumeExpansion: false },
  ];
  const claim = (storage: string, storageClassName: string, phase: string) => ({
    metadata: { name: "c" },
    spec: { storageClassName, resources: { requests: { storage } } },
    status: { phase },
  });
  const grow = async (to: string, storageClassName: string, phase = "Bound") => {
    const request = {
      object: claim(to, storageClassName, phase),
      old: claim("1Gi", storageClassName, phase),
      name: "c",
      resource: { groupResource: { group: "", resource: "persistentvolumeclaims" } },
    };
    await plugin(persistentVolumeClaimResize, classes).validate?.(on(request));
  };
  await grow("2Gi", "grows");
  for (const size of ["1Gi", "1024Mi", "1Mi"]) await grow(size, "fixed", "Pending");
  const bound = /^persistentvolumeclaims "c" is forbidden: Only bound persistent volume claims can be expanded$/;
  await assert.rejects(grow("2Gi", "grows", "Pending"), { message: bound });
  const fixed = /only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must/;
  for (const name of ["fixed", "gone", ""]) await assert.rejects(grow("2Gi", name), { message: fixed });
});
