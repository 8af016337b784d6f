/** What a pod that goes for the node's sake shows of it, and what is written. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodCondition } from "#api/types/core/v1";
import { conditionsOf } from "./conditions.ts";
import { statusPatch } from "./patch.ts";

const pod = { metadata: { name: "p", generation: 3 }, spec: { containers: [{ name: "c" }] } } as Pod;
const disruption = { message: "The node was low on resource: memory. ", at: Date.UTC(2026, 0, 1) };

const conditions = (of: { old?: PodCondition[]; disruption?: typeof disruption }): PodCondition[] =>
  conditionsOf(pod, {
    phase: "Failed",
    initStatuses: [],
    statuses: [],
    sandboxReady: false,
    old: of.old ?? [],
    disruption: of.disruption,
    now: Date.UTC(2026, 0, 2),
  });

const ofOthers = { type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI" } as PodCondition;
const target = (all: readonly PodCondition[]) => all.filter(({ type }) => type === "DisruptionTarget");

test("the condition says why and since when", () => {
  const wants = {
    type: "DisruptionTarget",
    status: "True",
    reason: "TerminationByKubelet",
    message: disruption.message,
    lastProbeTime: null,
    lastTransitionTime: "2026-01-01T00:00:00Z",
    observedGeneration: 3,
  };
  assert.deepEqual(target(conditions({ disruption })), [wants]);
  assert.deepEqual(target(conditions({ disruption, old: [ofOthers] })), [wants]);
});

test("that of others stays, and is not written", () => {
  const status = { conditions: conditions({ old: [ofOthers] }) };
  assert.deepEqual(target(status.conditions), [ofOthers]);
  const patch = statusPatch({ conditions: [ofOthers] }, status);
  assert.deepEqual(target(patch?.["conditions"] as PodCondition[]), []);
});

test("ours is written", () => {
  const patch = statusPatch({ conditions: [] }, { conditions: conditions({ disruption }) });
  assert.equal(target(patch?.["conditions"] as PodCondition[])[0]?.reason, "TerminationByKubelet");
});
