import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import { describeRules, notCovered } from "./coverage.ts";

const on = (resources: string[], verbs: string[], more: Partial<PolicyRule> = {}): PolicyRule => ({
  apiGroups: [""],
  resources,
  verbs,
  ...more,
});
const paths = (urls: string[], ...verbs: string[]): PolicyRule => ({ nonResourceURLs: urls, verbs });

const rows: readonly [name: string, held: PolicyRule[], wanted: PolicyRule[], missing: string][] = [
  ["the same", [on(["pods"], ["get"])], [on(["pods"], ["get"])], ""],
  ["from several rules", [on(["pods"], ["get"]), on(["pods"], ["list"])], [on(["pods"], ["get", "list"])], ""],
  ["stars", [on(["*"], ["*"], { apiGroups: ["*"] })], [on(["pods", "pods/log"], ["get"], { apiGroups: ["a"] })], ""],
  [
    "a star is more than all there is",
    [on(["pods"], ["get"])],
    [on(["*"], ["get"])],
    '{APIGroups:[""], Resources:["*"], Verbs:["get"]}',
  ],
  ["a subresource of all", [on(["*/scale"], ["get"])], [on(["pods/scale"], ["get"])], ""],
  [
    "a subresource is not its resource",
    [on(["pods"], ["get"])],
    [on(["pods/log"], ["get"])],
    '{APIGroups:[""], Resources:["pods/log"], Verbs:["get"]}',
  ],
  ["one name of all", [on(["pods"], ["get"])], [on(["pods"], ["get"], { resourceNames: ["a"] })], ""],
  [
    "all of one name",
    [on(["pods"], ["get"], { resourceNames: ["a"] })],
    [on(["pods"], ["get"])],
    '{APIGroups:[""], Resources:["pods"], Verbs:["get"]}',
  ],
  [
    "another name",
    [on(["pods"], ["get"], { resourceNames: ["a"] })],
    [on(["pods"], ["get"], { resourceNames: ["a", "b"] })],
    '{APIGroups:[""], Resources:["pods"], ResourceNames:["b"], Verbs:["get"]}',
  ],
  ["paths below", [paths(["/healthz*"], "get")], [paths(["/healthz/etcd", "/healthz"], "get")], ""],
  [
    "paths above",
    [paths(["/healthz/etcd"], "get")],
    [paths(["/healthz", "*"], "get")],
    '{NonResourceURLs:["*"], Verbs:["get"]}\n{NonResourceURLs:["/healthz"], Verbs:["get"]}',
  ],
  [
    "verbs are shown together",
    [],
    [on(["pods"], ["list", "get"]), on(["a"], ["get"])],
    '{APIGroups:[""], Resources:["a"], Verbs:["get"]}\n{APIGroups:[""], Resources:["pods"], Verbs:["list" "get"]}',
  ],
];
for (const [name, held, wanted, missing] of rows) {
  test(`rules cover: ${name}`, () => assert.equal(describeRules(notCovered(held, wanted)), missing));
}
