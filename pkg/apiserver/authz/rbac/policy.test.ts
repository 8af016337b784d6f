import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Attributes } from "../authorizer.ts";
import { rbacAuthorizer } from "./authorizer.ts";
import { RbacPolicy } from "./policy.ts";

const object = (value: object) => value as unknown as KubeObject;
const rule = { apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list"] };

function policyWith(role: boolean): RbacPolicy {
  const policy = new RbacPolicy();
  if (role) policy.put("roles", "a/reader", object({ metadata: { name: "reader", namespace: "a" }, rules: [rule] }));
  const subjects = [{ kind: "ServiceAccount", name: "bot" }];
  const roleRef = { kind: "Role", name: "reader", apiGroup: "rbac.authorization.k8s.io" };
  policy.put("rolebindings", "a/read", object({ metadata: { name: "read", namespace: "a" }, subjects, roleRef }));
  return policy;
}

const user = { name: "system:serviceaccount:a:bot", groups: ["system:authenticated"] };

const ask = (policy: RbacPolicy, some: { verb?: string; namespace?: string; subresource?: string } = {}) => {
  const { verb = "get", namespace = "a", subresource = "" } = some;
  const resource = { group: "", version: "v1", plural: "pods", subresource, namespace, name: "x" };
  const attributes: Attributes = { user, verb, resource, path: "" };
  const decision = rbacAuthorizer(policy).authorize(attributes);
  assert.ok(!(decision instanceof Promise));
  return decision;
};

test("a role grants its verbs in its namespace only", () => {
  const policy = policyWith(true);
  assert.equal(ask(policy).outcome, "allow");
  assert.equal(ask(policy, { subresource: "log" }).outcome, "allow");
  assert.equal(ask(policy, { subresource: "exec" }).outcome, "noOpinion");
  assert.equal(ask(policy, { verb: "delete" }).outcome, "noOpinion");
  assert.equal(ask(policy, { namespace: "b" }).outcome, "noOpinion");
});

test("a change of policy counts at once", () => {
  const policy = policyWith(true);
  assert.equal(ask(policy).outcome, "allow");
  policy.remove("rolebindings", "a/read");
  assert.equal(ask(policy).outcome, "noOpinion");
});

test("a missing role is named", () => {
  assert.equal(ask(policyWith(false)).reason, 'RBAC: role.rbac.authorization.k8s.io "reader" not found');
});
