import assert from "node:assert/strict";
import { test } from "node:test";
import type { AdmissionRequest } from "../plugin.ts";
import { ruleMatches } from "./rules.ts";
import type { ShownAs } from "./subject.ts";

const rule = { operations: ["CREATE"], apiGroups: ["apps"], apiVersions: ["v1"], resources: ["deployments"] };
const asked = { resource: { group: "apps", version: "v1", resource: "deployments" } };
const namespaces = { resource: { group: "", version: "v1", resource: "namespaces" } };
const anything = { operations: ["*"], apiGroups: ["*"], apiVersions: ["*"], resources: ["*"] };

const rows = [
  { name: "named exactly", rule, is: true },
  { name: "another operation", rule: { ...rule, operations: ["UPDATE", "DELETE"] }, is: false },
  { name: "another group", rule: { ...rule, apiGroups: [""] }, is: false },
  { name: "another version", rule: { ...rule, apiVersions: ["v1beta1"] }, is: false },
  { name: "anything", rule: anything, is: true },
  { name: "anything does not mean subresources", rule: anything, subresource: "scale", is: false },
  { name: "a subresource", rule: { ...rule, resources: ["deployments/scale"] }, subresource: "scale", is: true },
  {
    name: "another subresource",
    rule: { ...rule, resources: ["deployments/status"] },
    subresource: "scale",
    is: false,
  },
  { name: "any subresource", rule: { ...rule, resources: ["deployments/*"] }, subresource: "scale", is: true },
  { name: "any subresource means the resource too", rule: { ...rule, resources: ["deployments/*"] }, is: true },
  {
    name: "one subresource of anything",
    rule: { ...anything, resources: ["*/scale"] },
    subresource: "scale",
    is: true,
  },
  { name: "in a namespace", rule: { ...rule, scope: "Namespaced" }, is: true },
  { name: "not in a namespace", rule: { ...rule, scope: "Cluster" }, is: false },
  { name: "a namespace is in none", rule: { ...anything, scope: "Namespaced" }, as: namespaces, is: false },
  { name: "a namespace belongs to the cluster", rule: { ...anything, scope: "Cluster" }, as: namespaces, is: true },
];
for (const { name, rule: one, subresource = "", as = asked, is } of rows) {
  test(name, () => {
    const request = { operation: "CREATE", subresource, namespace: "default" } as AdmissionRequest;
    assert.equal(ruleMatches(one as never, request, as as ShownAs), is);
  });
}
