import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeClaim, ResourceQuota, ScopedResourceSelectorRequirement } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { concerns, printAmounts, resourcesIn, usageOf } from "./index.ts";

const deviceClaims = { group: "resource.k8s.io", plural: "resourceclaims" };
const volumeClaims = { group: "", plural: "persistentvolumeclaims" };

const claim = (requests: unknown): ResourceClaim =>
  ({ metadata: { name: "c" }, spec: { devices: { requests } } }) as ResourceClaim;

const wish = (deviceClassName: string, count: number) => ({ deviceClassName, allocationMode: "ExactCount", count });

const devices: [name: string, requests: unknown, usage: Record<string, string>][] = [
  ["one", [{ exactly: wish("gold", 1) }], { gold: "1" }],
  ["two requests of one class", [{ exactly: wish("gold", 1) }, { exactly: wish("gold", 3) }], { gold: "4" }],
  ["all there are", [{ exactly: { deviceClassName: "gold", allocationMode: "All" } }], { gold: "32" }],
  [
    "the largest of the alternatives of each class",
    [{ firstAvailable: [wish("gold", 1), wish("gold", 2), wish("tin", 8)] }, { exactly: wish("tin", 1) }],
    { gold: "2", tin: "9" },
  ],
  ["none", [], {}],
];

for (const [name, requests, usage] of devices) {
  test(`devices: ${name}`, () => {
    const classes = Object.entries(usage).map(([key, value]) => [`${key}.deviceclass.resource.k8s.io/devices`, value]);
    const expected = { "count/resourceclaims.resource.k8s.io": "1", ...Object.fromEntries(classes) };
    assert.deepEqual(printAmounts(usageOf(deviceClaims, claim(requests), 0)), expected);
  });
}

test("devices: a quota of a class has claims counted", () => {
  assert.deepEqual(resourcesIn({ "gold.deviceclass.resource.k8s.io/devices": "1" }), [deviceClaims]);
});

type Scope = Omit<ScopedResourceSelectorRequirement, "scopeName">;

const scopes: [name: string, scope: Scope, claim: Partial<PersistentVolumeClaim>, concerned: boolean][] = [
  ["asked for", { operator: "In", values: ["gold"] }, { spec: { volumeAttributesClassName: "gold" } }, true],
  ["another", { operator: "In", values: ["gold"] }, { spec: { volumeAttributesClassName: "tin" } }, false],
  ["none", { operator: "In", values: ["gold"] }, {}, false],
  ["still had", { operator: "In", values: ["gold"] }, { status: { currentVolumeAttributesClassName: "gold" } }, true],
  [
    "on its way",
    { operator: "In", values: ["gold"] },
    { status: { modifyVolumeStatus: { targetVolumeAttributesClassName: "gold", status: "Pending" } } },
    true,
  ],
  ["any", { operator: "Exists" }, { spec: { volumeAttributesClassName: "tin" } }, true],
  ["any, but none", { operator: "Exists" }, {}, false],
  ["none wanted", { operator: "DoesNotExist" }, {}, true],
  ["not this", { operator: "NotIn", values: ["gold"] }, { spec: { volumeAttributesClassName: "gold" } }, false],
  ["not this, and none", { operator: "NotIn", values: ["gold"] }, {}, true],
];

for (const [name, scope, parts, concerned] of scopes) {
  test(`a scope of volume attributes: ${name}`, () => {
    const matchExpressions = [{ scopeName: "VolumeAttributesClass", ...scope }];
    const quota = { metadata: {}, spec: { scopeSelector: { matchExpressions } } } as ResourceQuota;
    assert.equal(concerns(quota, volumeClaims, { metadata: {}, ...parts } as PersistentVolumeClaim), concerned);
  });
}
