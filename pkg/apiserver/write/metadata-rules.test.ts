import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import type { ObjectMeta, OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { strategyOf } from "#pkg/registry/index.ts";
import { changedMetadataErrors, newObjectErrors, type ResourceRules } from "./metadata-rules.ts";
import { dropRepeatedOwners } from "./owners.ts";

function resource(plural: string): ResourceRules {
  const def = schema.resources.find((one) => one.plural === plural);
  assert.ok(def, plural);
  return { def, strategy: strategyOf(def.group, plural), isCustom: false };
}
const object = (metadata: Partial<ObjectMeta>): KubeObject => ({
  metadata: { name: "x", namespace: "a", ...metadata },
});

test("what is wrong is reported as often as upstream finds it", () => {
  const rows: [plural: string, times: number][] = [
    ["configmaps", 2],
    ["services", 1],
    ["poddisruptionbudgets", 0],
    ["leases", 0],
  ];
  for (const [plural, times] of rows) {
    const errors = changedMetadataErrors(resource(plural), object({ finalizers: ["mine"] }), object({}));
    assert.deepEqual(
      errors.map(({ field }) => field),
      new Array(times).fill("metadata.finalizers[0]"),
      plural,
    );
  }
});

test("an update begins no deletion and does not hurry one", () => {
  const said = (next: Partial<ObjectMeta>, old: Partial<ObjectMeta>) =>
    changedMetadataErrors(resource("poddisruptionbudgets"), object(next), object(old)).map(
      ({ field, detail }) => `${field}: ${detail}`,
    );
  const deletionTimestamp = "2024-01-01T00:00:00Z";
  assert.deepEqual(said({ deletionTimestamp, deletionGracePeriodSeconds: 5 }, {}), [
    'metadata.deletionTimestamp: Invalid value: "2024-01-01T00:00:00Z": field is immutable',
    "metadata.deletionGracePeriodSeconds: Invalid value: 5: field is immutable",
  ]);
  const going = { deletionTimestamp, deletionGracePeriodSeconds: 5 };
  assert.deepEqual(said(going, going), []);
  assert.equal(said({ ...going, deletionGracePeriodSeconds: 1 }, going).length, 1);
});

test("some kinds leave metadata to the server, which asks last", () => {
  const wrong = object({ name: "a/b" });
  const own = [{ reason: "FieldValueRequired", field: "spec", detail: "Required value" }] as const;
  const budgets = resource("poddisruptionbudgets");
  assert.deepEqual(newObjectErrors(budgets, wrong, own), own);
  assert.deepEqual(
    newObjectErrors(budgets, wrong, []).map(({ field }) => field),
    ["metadata.name"],
  );
  const maps = resource("configmaps");
  assert.deepEqual(
    newObjectErrors(maps, wrong, own).map(({ field }) => field),
    ["metadata.name", "spec"],
  );
});

test("owners that are named twice", () => {
  const owner: OwnerReference = { apiVersion: "v1", kind: "Pod", name: "p", uid: "1" };
  const warnings: string[] = [];
  const metadata = { ownerReferences: [owner, { ...owner }, { ...owner, controller: true }] };
  dropRepeatedOwners(metadata, (text) => void warnings.push(text));
  assert.deepEqual(metadata.ownerReferences, [owner, { ...owner, controller: true }]);
  assert.match(warnings.join(), /duplicate UID\(s\) observed: 1$/);
});
