import assert from "node:assert/strict";
import { test } from "node:test";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import { inTableOrder } from "./metadata-order.ts";

test("metadata is in the order in which decoding puts it, and only what is there", () => {
  const metadata = {
    managedFields: [],
    generation: 1,
    uid: "u",
    ownerReferences: [],
    labels: { b: "1", a: "2" },
    name: "n",
    finalizers: ["f"],
    creationTimestamp: "2026-01-02T03:04:05Z",
    namespace: "s",
    annotations: {},
    generateName: "g",
  };
  const order = Object.keys(inTableOrder(metadata));
  assert.deepEqual([...order].sort(), Object.keys(metadata).sort());
  const decoded = Object.keys(normalize(metadata, "meta/v1.ObjectMeta"));
  assert.deepEqual(
    order.filter((name) => decoded.includes(name)),
    decoded,
  );
  assert.ok(decoded.length > 6);
});
