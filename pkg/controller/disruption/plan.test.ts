import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { selectorText } from "../framework/selector-text.ts";
import { disruptedOf, expectedOf, failedStatus, statusOf } from "./plan.ts";
import { staleInMs } from "./stale-pods.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const pod = (name: string, ready = true, more: object = {}): Pod => ({
  metadata: { name, ...more },
  spec: { containers: [] },
  status: { phase: "Running", conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});
const budget = (status?: PodDisruptionBudget["status"]): PodDisruptionBudget => ({
  metadata: { name: "b", generation: 2 },
  spec: {},
  ...(status ? { status } : {}),
});

test("what is expected", () => {
  const rows = [
    { spec: { minAvailable: 2 }, scale: 5, expected: [5, 2] },
    { spec: { minAvailable: "50%" }, scale: 5, expected: [5, 3] },
    { spec: { maxUnavailable: 2 }, scale: 5, expected: [5, 3] },
    { spec: { maxUnavailable: "30%" }, scale: 10, expected: [10, 7] },
    { spec: { maxUnavailable: 9 }, scale: 5, expected: [5, 0] },
    { spec: {}, scale: 5, expected: [0, 0] },
  ];
  for (const { spec, scale, expected } of rows) {
    const { expectedPods, desiredHealthy } = expectedOf(spec, scale);
    assert.deepEqual([expectedPods, desiredHealthy], expected, JSON.stringify(spec));
  }
  assert.throws(() => expectedOf({ maxUnavailable: "many" }, 1), /invalid value for IntOrString/);
});

test("approved evictions are remembered until the pod goes, or two minutes", () => {
  const status = {
    disruptionsAllowed: 0,
    currentHealthy: 0,
    desiredHealthy: 0,
    expectedPods: 0,
    disruptedPods: { new: ago(20), old: ago(121), going: ago(5), gone: ago(5) },
  };
  const pods = [pod("new"), pod("old"), pod("going", true, { deletionTimestamp: ago(1) }), pod("other")];
  const { pods: kept, overdue, recheckMs } = disruptedOf(budget(status), pods, now);
  assert.deepEqual(kept, { new: ago(20) });
  assert.deepEqual(
    overdue.map(({ metadata }) => metadata.name),
    ["old"],
  );
  assert.equal(recheckMs, 100_000);
});

test("a status that says it all is not written again", () => {
  const pods = [pod("a"), pod("b"), pod("c", false), pod("d", true, { deletionTimestamp: ago(1) }), pod("e")];
  const observed = { pods, disrupted: { e: ago(1) }, expected: { expectedPods: 5, desiredHealthy: 1 }, now };
  const status = statusOf(budget(), observed);
  assert.equal(status?.currentHealthy, 2);
  assert.equal(status?.disruptionsAllowed, 1);
  assert.equal(status?.conditions?.[0]?.observedGeneration, 2);
  assert.equal(statusOf(budget(status), { ...observed, now: now + 5000 }), undefined);
  const none = statusOf(budget(), { ...observed, expected: { expectedPods: 0, desiredHealthy: 0 } });
  assert.equal(none?.disruptionsAllowed, 0, "nothing is expected, so nothing may go");
});

test("a failure allows nothing and keeps what was counted", () => {
  const before = { disruptionsAllowed: 3, currentHealthy: 4, desiredHealthy: 1, expectedPods: 4 };
  const { conditions, ...counts } = failedStatus(budget(before), "why", now);
  assert.deepEqual(counts, { ...before, disruptionsAllowed: 0 });
  assert.equal(`${conditions?.[0]?.reason}: ${conditions?.[0]?.message}`, "SyncFailed: why");
});

test("an announced disruption is stale after two minutes", () => {
  const announced = (seconds: number, more: object = {}, reason = "EvictionByEvictionAPI"): Pod => ({
    ...pod("p", true, more),
    status: {
      phase: "Running",
      conditions: [{ type: "DisruptionTarget", status: "True", reason, lastTransitionTime: ago(seconds) }],
    },
  });
  assert.equal(staleInMs(announced(20), now), 100_000);
  assert.equal(staleInMs(announced(500), now), 0);
  assert.equal(staleInMs(announced(500, { deletionTimestamp: ago(0) }), now), undefined);
  assert.equal(staleInMs(announced(500, {}, "TerminationByKubelet"), now), undefined);
  assert.equal(staleInMs(pod("p"), now), undefined);
});

test("a selector as events print it", () => {
  assert.equal(
    selectorText({
      matchLabels: { b: "2", a: "1" },
      matchExpressions: [{ key: "k", operator: "In", values: ["x", "y"] }],
    }),
    "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}",
  );
});
