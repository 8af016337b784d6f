import assert from "node:assert/strict";
import { test } from "node:test";
import { nextStep, ttlSecondsOf } from "./plan.ts";

test("steps grow and shrink with the cluster, each with room at its edge", () => {
  const rows: [step: number, nodes: number, ttlSeconds: number][] = [
    [0, 1, 0],
    [0, 100, 0],
    [0, 101, 15],
    [1, 95, 15],
    [1, 89, 0],
    [0, 5000, 300],
    [4, 1800, 300],
    [4, 10, 0],
  ];
  for (const [step, nodes, seconds] of rows) {
    assert.equal(ttlSecondsOf(nextStep(step, nodes)), seconds, `${nodes} nodes from step ${step}`);
  }
});
