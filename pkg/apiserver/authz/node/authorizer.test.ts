import assert from "node:assert/strict";
import { test } from "node:test";
import { bootstrapRules } from "../../bootstrap/bootstrap.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import type { ResourceAttributes } from "../authorizer.ts";
import { nodeAuthorizer } from "./authorizer.ts";

const mine = {
  metadata: { name: "mine", namespace: "a" },
  spec: {
    nodeName: "n1",
    serviceAccountName: "robot",
    containers: [{ name: "c", envFrom: [{ secretRef: { name: "s" } }] }],
    volumes: [{ name: "v", configMap: { name: "cm" } }],
  },
};
const other = { metadata: { name: "other", namespace: "a" }, spec: { nodeName: "n2", containers: [] } };

const reader = {
  list: async (_: unknown, __: string, fields: Record<string, string>) =>
    [mine, other].filter((pod) => pod.spec.nodeName === fields["spec.nodeName"]),
  get: async (resource: { plural: string }, _: string, name: string) =>
    resource.plural === "pods" ? [mine, other].find((pod) => pod.metadata.name === name) : undefined,
} as unknown as ObjectReader;

interface Case {
  readonly verb: string;
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly fieldSelector?: string;
  readonly user?: string;
  readonly allowed: boolean;
}

const inA = { namespace: "a" };
const cases: Case[] = [
  { verb: "get", resource: "secrets", name: "s", ...inA, allowed: true },
  { verb: "get", resource: "secrets", name: "t", ...inA, allowed: false },
  { verb: "get", resource: "secrets", name: "s", namespace: "b", allowed: false },
  { verb: "list", resource: "secrets", ...inA, allowed: false },
  { verb: "update", resource: "secrets", name: "s", ...inA, allowed: false },
  { verb: "watch", resource: "configmaps", name: "cm", ...inA, allowed: true },
  { verb: "create", resource: "serviceaccounts/token", name: "robot", ...inA, allowed: true },
  { verb: "create", resource: "serviceaccounts/token", name: "default", ...inA, allowed: false },
  { verb: "get", resource: "pods", name: "mine", ...inA, allowed: true },
  { verb: "get", resource: "pods", name: "other", ...inA, allowed: false },
  { verb: "list", resource: "pods", fieldSelector: "spec.nodeName=n1", allowed: true },
  { verb: "watch", resource: "pods", fieldSelector: "spec.nodeName=n2", allowed: false },
  { verb: "list", resource: "pods", fieldSelector: "spec.nodeName!=n2", allowed: false },
  { verb: "list", resource: "pods", allowed: false },
  { verb: "update", resource: "pods/status", name: "mine", ...inA, allowed: true },
  { verb: "get", resource: "nodes", name: "n1", allowed: true },
  { verb: "get", resource: "nodes", name: "n2", allowed: false },
  { verb: "list", resource: "nodes", allowed: false },
  { verb: "create", resource: "nodes", allowed: true },
  { verb: "delete", resource: "nodes", name: "n1", allowed: false },
  { verb: "list", resource: "services", allowed: true },
  { verb: "create", resource: "services", ...inA, allowed: false },
  { verb: "update", resource: "leases.coordination.k8s.io", name: "n1", namespace: "kube-node-lease", allowed: true },
  { verb: "update", resource: "leases.coordination.k8s.io", name: "n2", namespace: "kube-node-lease", allowed: false },
  { verb: "get", resource: "pods", name: "mine", ...inA, user: "jane", allowed: false },
];

const authorizer = nodeAuthorizer(reader, bootstrapRules("system:node"));

for (const one of cases) {
  const { verb, resource, name = "", namespace = "", user = "system:node:n1", fieldSelector, allowed } = one;
  test(`${user} may ${allowed ? "" : "not "}${verb} ${resource} ${namespace}/${name} ${fieldSelector ?? ""}`, async () => {
    const [kind = "", ...group] = resource.split(".");
    const [plural = "", subresource = ""] = kind.split("/");
    const asked: ResourceAttributes = { group: group.join("."), version: "v1", plural, subresource, namespace, name };
    const attributes = {
      user: { name: user, groups: ["system:nodes"] },
      verb,
      resource: asked,
      path: "",
      fieldSelector,
    };
    const decision = await authorizer.authorize(attributes);
    assert.equal(decision.outcome, allowed ? "allow" : "noOpinion");
  });
}
