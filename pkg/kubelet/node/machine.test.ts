import assert from "node:assert/strict";
import { test } from "node:test";
import { evictionOf } from "../eviction/settings.ts";
import { allocatableOf } from "./machine.ts";

const capacity = { cpu: "2", pods: "110", memory: "8000000Ki", "ephemeral-storage": "61255492Ki" };

test("what is kept free is not allocatable", () => {
  assert.deepEqual(allocatableOf(capacity, evictionOf({}).thresholds), {
    ...capacity,
    memory: "7897600Ki",
    "ephemeral-storage": "56453061334",
  });
  assert.deepEqual(allocatableOf(capacity, evictionOf({ hard: {} }).thresholds), capacity);
});

test("no more is kept free than there is", () => {
  const { thresholds } = evictionOf({ hard: { "memory.available": "8Gi" } });
  const message =
    "invalid Node Allocatable configuration. " +
    'Resource "memory" has a reservation of 8Gi but capacity of 8000000Ki. Expected capacity >= reservation.';
  assert.throws(() => allocatableOf(capacity, thresholds), { message });
});
