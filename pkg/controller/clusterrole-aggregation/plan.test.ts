import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterRole, PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import { aggregatedRules } from "./plan.ts";

const rule = (resource: string): PolicyRule => ({ apiGroups: [""], resources: [resource], verbs: ["get"] });
const role = (name: string, label: string, ...rules: PolicyRule[]): ClusterRole => ({
  metadata: { name, labels: { to: label } },
  rules,
});

test("by selector, then by name, each rule once, never its own", () => {
  const sum: ClusterRole = {
    ...role("sum", "a", rule("own")),
    aggregationRule: { clusterRoleSelectors: [{ matchLabels: { to: "b" } }, { matchLabels: { to: "a" } }] },
  };
  const all = [
    sum,
    role("z", "a", rule("pods"), rule("nodes")),
    role("y", "b", rule("pods")),
    role("x", "b", rule("jobs")),
  ];
  assert.deepEqual(aggregatedRules(sum, all), [rule("jobs"), rule("pods"), rule("nodes")]);
});
