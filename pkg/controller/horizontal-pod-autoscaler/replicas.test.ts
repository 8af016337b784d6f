import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod } from "#api/types/core/v1";
import { groupPods, type PodMetrics, requestsOf } from "./pod-groups.ts";
import { averageUsage, proposeByRatio, proposeByShare, proposePerPod, utilizationUsage } from "./replicas.ts";

const now = Date.parse("2026-01-01T01:00:00Z");
const ago = (seconds: number) => new Date(now - seconds * 1000).toISOString();
const rules = { cpuInitializationMs: 300_000, initialReadinessDelayMs: 30_000 };
const tolerances = { up: 0.1, down: 0.1 };

interface PodFacts {
  readonly ready?: boolean;
  readonly phase?: "Running" | "Pending" | "Failed";
  /** Seconds since it started, and since its readiness changed. */
  readonly started?: number;
  readonly changed?: number;
}

const pod = (
  name: string,
  { ready = true, phase = "Running", started = 3600, changed = 3500 }: PodFacts = {},
): Pod => ({
  metadata: { name },
  spec: { containers: [{ name: "c", resources: { requests: { cpu: "1" } } }] },
  status: {
    phase,
    startTime: ago(started),
    conditions: [{ type: "Ready", status: ready ? "True" : "False", lastTransitionTime: ago(changed) }],
  },
});
const measured = (values: Record<string, number>): PodMetrics =>
  new Map(Object.entries(values).map(([name, value]) => [name, { value, at: now - 10_000, windowMs: 30_000 }]));

interface Row {
  readonly name: string;
  readonly pods: Record<string, PodFacts>;
  /** CPU in thousandths of a core, of a request of one core. */
  readonly cpu: Record<string, number>;
  readonly target: number;
  readonly expected: number;
}

const rows: readonly Row[] = [
  { name: "grows by the ratio", pods: { a: {}, b: {} }, cpu: { a: 900, b: 900 }, target: 30, expected: 6 },
  { name: "stays within the tolerance", pods: { a: {}, b: {} }, cpu: { a: 540, b: 540 }, target: 50, expected: 2 },
  { name: "shrinks", pods: { a: {}, b: {}, c: {} }, cpu: { a: 100, b: 100, c: 100 }, target: 50, expected: 1 },
  {
    name: "what is missing is full when shrinking",
    pods: { a: {}, b: {}, c: {}, d: {} },
    cpu: { a: 100, b: 100, c: 100 },
    target: 50,
    expected: 3,
  },
  {
    name: "what is missing is idle when growing",
    pods: { a: {}, b: {}, c: {} },
    cpu: { a: 900, b: 900 },
    target: 30,
    expected: 6,
  },
  {
    name: "unready pods are idle when growing",
    pods: { a: {}, b: {}, c: { phase: "Pending" } },
    cpu: { a: 900, b: 900 },
    target: 30,
    expected: 6,
  },
  {
    name: "what would turn round stays",
    pods: { a: {}, b: {}, c: {}, d: {} },
    cpu: { a: 600, b: 600 },
    target: 50,
    expected: 4,
  },
  {
    name: "failed pods do not count",
    pods: { a: {}, b: { phase: "Failed" } },
    cpu: { a: 900, b: 9 },
    target: 30,
    expected: 3,
  },
];

test("replicas by the utilization of pods", () => {
  for (const { name, pods: facts, cpu, target, expected } of rows) {
    const pods = Object.entries(facts).map(([podName, of]) => pod(podName, of));
    const metrics = measured(cpu);
    const groups = groupPods(pods, { metrics, resource: "cpu", rules, now });
    const requests = requestsOf(pods, "", "cpu");
    const { replicas } = proposePerPod({
      metrics,
      groups,
      currentReplicas: pods.length,
      tolerances,
      assumed: (podName) => ((requests.get(podName) ?? 0) * Math.max(100, target)) / 100,
      usageOf: utilizationUsage(target, requests),
    });
    assert.equal(replicas, expected, name);
  }
});

test("pods that start do not count for CPU until they are measured when ready", () => {
  const groupOf = (facts: PodFacts, resource = "cpu") => {
    const metrics = measured({ p: 1 });
    const { readyCount } = groupPods([pod("p", facts)], { metrics, resource, rules, now });
    return readyCount === 1 ? "ready" : "unready";
  };
  assert.equal(groupOf({}), "ready");
  assert.equal(groupOf({ started: 100, changed: 90 }), "ready");
  assert.equal(groupOf({ started: 100, changed: 20 }), "unready", "measured before it was ready");
  assert.equal(groupOf({ started: 100, changed: 90, ready: false }), "unready");
  assert.equal(groupOf({ started: 3600, changed: 3590, ready: false }), "unready", "never was ready");
  assert.equal(groupOf({ started: 3600, changed: 60, ready: false }), "ready", "was ready and measured");
  assert.equal(groupOf({ started: 100, changed: 20 }, "memory"), "ready", "memory does not settle");
});

test("no measures, no requests", () => {
  const facts = { groups: groupPods([pod("a")], { metrics: new Map(), resource: "", rules, now }), currentReplicas: 1 };
  const nothing = { metrics: new Map(), tolerances, assumed: () => 0, usageOf: averageUsage(1) };
  assert.throws(() => proposePerPod({ ...facts, ...nothing }), /did not receive metrics for targeted pods/);
  assert.throws(() => requestsOf([pod("a")], "", "memory"), /missing request for memory in container c of Pod a/);
  assert.throws(() => requestsOf([pod("a")], "x", "cpu"), /container x not found in Pod a/);
  assert.deepEqual([...requestsOf([pod("a")], "c", "cpu")], [["a", 1000]]);
});

test("replicas by a value of the whole", () => {
  const facts = { currentReplicas: 4, tolerances, readyCount: () => 3 };
  assert.equal(proposeByRatio(2, facts), 6);
  assert.equal(proposeByRatio(1.05, facts), 4);
  assert.equal(proposeByRatio(2.5, { ...facts, currentReplicas: 0 }), 3);
  assert.deepEqual(proposeByShare(10_000, 2_000, { statusReplicas: 4, tolerances }), { replicas: 5, average: 2500 });
  assert.deepEqual(proposeByShare(8_000, 2_000, { statusReplicas: 4, tolerances }), { replicas: 4, average: 2000 });
});
