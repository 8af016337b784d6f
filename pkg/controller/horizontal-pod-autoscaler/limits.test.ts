import assert from "node:assert/strict";
import { test } from "node:test";
import type { HPAScalingRules } from "#api/types/autoscaling/v2";
import { ScaleHistory } from "./history.ts";
import { limitStep } from "./limits.ts";

const now = 10_000_000;
const target = { kind: "Deployment", name: "d" };

interface Row {
  readonly name: string;
  readonly current: number;
  readonly desired: number;
  readonly max?: number;
  readonly up?: HPAScalingRules;
  readonly down?: HPAScalingRules;
  /** Recommendations: replicas and how many seconds ago. */
  readonly recent?: readonly (readonly [number, number])[];
  /** Scalings: from, to and how many seconds ago. */
  readonly scaled?: readonly (readonly [number, number, number])[];
  readonly expected: number;
  readonly reasons: string;
}

const pods = (value: number, periodSeconds: number) => ({ type: "Pods", value, periodSeconds });
const percent = (value: number, periodSeconds: number) => ({ type: "Percent", value, periodSeconds });

const rows: readonly Row[] = [
  { name: "as wanted", current: 3, desired: 4, expected: 4, reasons: "ReadyForNewScale DesiredWithinRange" },
  { name: "doubles at most", current: 3, desired: 9, expected: 6, reasons: "ReadyForNewScale ScaleUpLimit" },
  { name: "but to four at once", current: 1, desired: 9, expected: 4, reasons: "ReadyForNewScale ScaleUpLimit" },
  { name: "maximum", current: 8, desired: 15, max: 10, expected: 10, reasons: "ReadyForNewScale TooManyReplicas" },
  { name: "minimum", current: 3, desired: 0, expected: 1, reasons: "ReadyForNewScale TooFewReplicas" },
  {
    name: "a higher recent recommendation holds for five minutes",
    current: 8,
    desired: 2,
    recent: [
      [9, 400],
      [6, 200],
    ],
    expected: 6,
    reasons: "ScaleDownStabilized DesiredWithinRange",
  },
  {
    name: "a window for growing takes the lowest",
    current: 3,
    desired: 8,
    up: { stabilizationWindowSeconds: 60, selectPolicy: "Max", policies: [percent(900, 15)] },
    recent: [
      [4, 30],
      [3, 90],
    ],
    expected: 4,
    reasons: "ScaleUpStabilized DesiredWithinRange",
  },
  {
    name: "the policy that adds most, from where the period began",
    current: 10,
    desired: 30,
    up: { selectPolicy: "Max", policies: [pods(4, 60), percent(50, 60)] },
    scaled: [[8, 10, 30]],
    expected: 12,
    reasons: "ReadyForNewScale ScaleUpLimit",
  },
  {
    name: "or the one that adds least",
    current: 10,
    desired: 30,
    up: { selectPolicy: "Min", policies: [pods(1, 60), percent(50, 60)] },
    expected: 11,
    reasons: "ReadyForNewScale ScaleUpLimit",
  },
  {
    name: "never below what runs while growing",
    current: 10,
    desired: 30,
    up: { selectPolicy: "Max", policies: [pods(2, 60)] },
    scaled: [[2, 10, 30]],
    expected: 10,
    reasons: "ReadyForNewScale ScaleUpLimit",
  },
  {
    name: "growing is disabled",
    current: 3,
    desired: 8,
    up: { selectPolicy: "Disabled", policies: [pods(4, 15)] },
    expected: 3,
    reasons: "ReadyForNewScale ScaleUpLimit",
  },
  {
    name: "shrinks as fast as it may",
    current: 10,
    desired: 1,
    down: { stabilizationWindowSeconds: 0, selectPolicy: "Max", policies: [pods(1, 60), percent(25, 60)] },
    expected: 7,
    reasons: "ReadyForNewScale ScaleDownLimit",
  },
  {
    name: "shrinks as slowly as it must",
    current: 10,
    desired: 1,
    down: { stabilizationWindowSeconds: 0, selectPolicy: "Min", policies: [pods(1, 60), percent(25, 60)] },
    expected: 9,
    reasons: "ReadyForNewScale ScaleDownLimit",
  },
  {
    name: "shrinking without a window of its own waits the usual one",
    current: 10,
    desired: 1,
    down: { selectPolicy: "Max", policies: [percent(100, 15)] },
    recent: [[10, 299]],
    expected: 10,
    reasons: "ScaleDownStabilized DesiredWithinRange",
  },
];

test("how far one step goes", () => {
  for (const { name, current, desired, max = 100, up, down, recent = [], scaled = [], expected, reasons } of rows) {
    const history = new ScaleHistory();
    for (const [replicas, ago] of recent) history.recommend(replicas, now - ago * 1000);
    for (const [from, to, ago] of scaled) history.scaled(from, to, now - ago * 1000);
    const behavior = up || down ? { ...(up ? { scaleUp: up } : {}), ...(down ? { scaleDown: down } : {}) } : undefined;
    const spec = { scaleTargetRef: target, maxReplicas: max, ...(behavior ? { behavior } : {}) };
    const step = { spec, current, desired, history, downscaleStabilizationMs: 300_000, now };
    const { replicas, stabilized, limit } = limitStep(step);
    assert.equal(replicas, expected, name);
    assert.equal(`${stabilized?.reason ?? "ReadyForNewScale"} ${limit.reason}`, reasons, name);
  }
});

test("history reaches an hour back", () => {
  const history = new ScaleHistory();
  history.recommend(1, now - 4_000_000);
  history.recommend(2, now - 1_000);
  history.recommend(3, now);
  assert.deepEqual(
    history.recommendations.map(({ replicas }) => replicas),
    [2, 3],
  );
});
