import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { cluster, info, node, type PodFacts, pod, profileOf } from "../../testing/fixtures.ts";
import { nodeResourcesFit } from "../node-resources-fit/plugin.ts";
import { type Candidate, pickCandidate, selectVictims } from "./select-victims.ts";

const budget = (app: string, disruptionsAllowed: number): PodDisruptionBudget => ({
  metadata: { name: app, namespace: "default" },
  spec: { selector: { matchLabels: { app } } },
  status: { currentHealthy: 1, desiredHealthy: 1, expectedPods: 1, disruptionsAllowed },
});

const facts: {
  name: string;
  placed: Record<string, PodFacts>;
  wants: PodFacts;
  budgets?: PodDisruptionBudget[];
  victims: string[] | undefined;
}[] = [
  {
    name: "nobody is less important",
    placed: { a: { cpu: "4", priority: 5 } },
    wants: { cpu: "1", priority: 5 },
    victims: undefined,
  },
  {
    name: "only as many as needed, the least important",
    placed: { low: { cpu: "2", priority: 1 }, mid: { cpu: "2", priority: 2 } },
    wants: { cpu: "2", priority: 9 },
    victims: ["low"],
  },
  {
    name: "the younger of equals goes",
    placed: {
      old: { cpu: "2", priority: 1, startTime: "2026-01-01T00:00:00Z" },
      young: { cpu: "2", priority: 1, startTime: "2026-02-01T00:00:00Z" },
    },
    wants: { cpu: "2", priority: 9 },
    victims: ["young"],
  },
  {
    name: "a pod under an exhausted budget stays if another can go",
    placed: { kept: { cpu: "2", priority: 1, labels: { app: "kept" } }, other: { cpu: "2", priority: 2 } },
    wants: { cpu: "2", priority: 9 },
    budgets: [budget("kept", 0)],
    victims: ["other"],
  },
  {
    name: "it would not fit even alone",
    placed: { a: { cpu: "1" } },
    wants: { cpu: "99", priority: 9 },
    victims: undefined,
  },
];

for (const { name, placed, wants, budgets = [], victims } of facts) {
  test(`victims: ${name}`, () => {
    const pods = Object.entries(placed).map(([podName, podFacts]) => pod(podName, { ...podFacts, on: "n" }));
    const cache = cluster([node("n", { cpu: "4" })], pods);
    const state = cache.nodeNamed("n")!;
    const before = [...state.pods.keys()].sort();
    const used = state.requested.cpuMillis;
    const found = selectVictims({
      pod: info("new", wants),
      node: state,
      cache,
      profile: profileOf(nodeResourcesFit),
      budgets,
    });
    assert.deepEqual(
      found?.victims.map((victim) => victim.pod.metadata.name),
      victims,
    );
    assert.deepEqual([...state.pods.keys()].sort(), before, "the cache is left as it was");
    assert.equal(state.requested.cpuMillis, used);
  });
}

test("the candidate whose worst victim matters least is picked", () => {
  const cache = cluster([node("a"), node("b"), node("c")]);
  const candidate = (name: string, pdbViolations: number, ...priorities: number[]): Candidate => ({
    node: cache.nodeNamed(name)!,
    pdbViolations,
    victims: priorities.map((priority, at) => info(`${name}${at}`, { priority })),
  });
  assert.equal(pickCandidate([candidate("a", 1, 1), candidate("b", 0, 5), candidate("c", 0, 3, 1)])?.node.name, "c");
  assert.equal(pickCandidate([candidate("a", 0, 3, 2), candidate("b", 0, 3)])?.node.name, "b");
  assert.equal(pickCandidate([]), undefined);
});
