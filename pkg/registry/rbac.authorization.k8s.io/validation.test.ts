import assert from "node:assert/strict";
import { test } from "node:test";
import type { ClusterRole, PolicyRule, RoleBinding, Subject } from "#api/types/rbac.authorization.k8s.io/v1";
import { clusterRoleBindings, roleBindings } from "./rolebindings/strategy.ts";
import {
  validateClusterRoleBinding,
  validateClusterRoleUpdate,
  validateNewClusterRole,
  validateRole,
  validateRoleBinding,
} from "./roles/validate.ts";

const rule: PolicyRule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] };
const urls: PolicyRule = { verbs: ["get"], nonResourceURLs: ["/healthz"] };
const ruleRows: readonly [
  name: string,
  rule: PolicyRule,
  inRole: readonly string[],
  inClusterRole: readonly string[],
][] = [
  ["resources", rule, [], []],
  ["paths", urls, ["rules[0].nonResourceURLs"], []],
  [
    "both",
    { ...rule, ...urls },
    ["rules[0].nonResourceURLs", "rules[0].nonResourceURLs"],
    ["rules[0].nonResourceURLs"],
  ],
  ["no verbs", { ...rule, verbs: [] }, ["rules[0].verbs"], ["rules[0].verbs"]],
];
for (const [name, one, inRole, inClusterRole] of ruleRows) {
  test(`policy rule: ${name}`, () => {
    const role = { metadata: { name: "r" }, rules: [one] };
    assert.deepEqual(
      validateRole(role).map((e) => e.field),
      inRole,
    );
    assert.deepEqual(
      validateNewClusterRole(role).map((e) => e.field),
      inClusterRole,
    );
  });
}

test("aggregation: what cannot be understood selects nothing", () => {
  const of = (operator: string, values: string[]): ClusterRole => ({
    metadata: { name: "r" },
    aggregationRule: { clusterRoleSelectors: [{ matchExpressions: [{ key: "a", operator, values }] }] },
  });
  const path = "aggregationRule.clusterRoleSelectors[0]";
  assert.deepEqual(
    validateNewClusterRole(of("Near", [])).map((e) => `${e.field}: ${e.detail}`),
    [
      `${path}.matchExpressions[0].operator: Invalid value: "Near": not a valid selector operator`,
      `${path}: Invalid value: null: invalid label selector.`,
    ],
  );
  const stored = of("In", ["!"]);
  assert.equal(validateNewClusterRole(stored).length, 2);
  // The value itself may stay, but still selects nothing.
  assert.deepEqual(
    validateClusterRoleUpdate(stored, stored).map((e) => e.field),
    [path],
  );
});

const binding = (...subjects: Subject[]): RoleBinding => ({
  metadata: { name: "b", namespace: "n" },
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "a:b" },
  subjects,
});

test("bindings: a service account has a namespace where the binding has none", () => {
  const one = binding({ kind: "ServiceAccount", name: "default" });
  assert.deepEqual(validateRoleBinding(one), []);
  assert.deepEqual(
    validateClusterRoleBinding(one).map((e) => e.field),
    ["subjects[0].namespace"],
  );
});

test("bindings: a service account's group is not forgotten but refused", () => {
  const one = binding({ kind: "ServiceAccount", name: "a", namespace: "n", apiGroup: "x" });
  roleBindings.applyDefaults?.(one);
  assert.deepEqual(
    validateRoleBinding(one).map((e) => e.detail),
    ['Unsupported value: "x": supported values: ""'],
  );
});

test("bindings: groups of users and of the role are filled in", () => {
  const one = binding({ kind: "User", name: "a" }, { kind: "Group", name: "b" });
  one.roleRef.apiGroup = "";
  clusterRoleBindings.applyDefaults?.(one);
  assert.deepEqual(validateClusterRoleBinding(one), []);
  assert.deepEqual(
    one.subjects?.map((s) => s.apiGroup),
    ["rbac.authorization.k8s.io", "rbac.authorization.k8s.io"],
  );
});
