/** Roles that are the sum of others, and what nodes are told of their cluster. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Client } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

let controllers: TestControllers;
let client: Client;

before(async () => {
  controllers = await startControllers(
    ["clusterrole-aggregation-controller", "ttl-controller", "node-ipam-controller"],
    {
      allocateNodeCidrs: true,
      clusterCidrs: ["10.244.0.0/16", "fd00:10::/56"],
      serviceCidrs: ["10.244.0.0/24"],
    },
  );
  client = controllers.client;
});
after(() => controllers[Symbol.asyncDispose]());

const rulesOf = async (name: string) => (await client.clusterroles.get({ name })).rules ?? [];

test("view, edit and admin get their rules, and what users add to them", async () => {
  await eventually(async () => (await rulesOf("admin")).length > (await rulesOf("view")).length);
  assert.ok((await rulesOf("view")).some(({ resources }) => resources?.includes("configmaps")));
  const rule = { apiGroups: ["example.com"], resources: ["things"], verbs: ["get"] };
  const labels = { "rbac.authorization.k8s.io/aggregate-to-view": "true" };
  const has = async (role: string) => (await rulesOf(role)).some(({ resources }) => resources?.includes("things"));
  await client.clusterroles.create({ metadata: { name: "things", labels }, rules: [rule] });
  await eventually(async () => (await has("view")) && (await has("edit")) && (await has("admin")));
  await client.clusterroles.delete({ name: "things" });
  await eventually(async () => !(await has("view")) && !(await has("admin")));
});

test("each node gets a part of every range of pod addresses, and a time to believe", async () => {
  for (const name of ["n1", "n2"]) await client.nodes.create({ metadata: { name }, spec: {} });
  await client.nodes.create({
    metadata: { name: "n3" },
    spec: { podCIDR: "10.244.9.0/24", podCIDRs: ["10.244.9.0/24"] },
  });
  const node = (name: string) => client.nodes.get({ name });
  await eventually(
    async () => (await node("n1")).spec?.podCIDR !== undefined && (await node("n2")).spec?.podCIDR !== undefined,
  );
  const ranges = [...((await node("n1")).spec?.podCIDRs ?? []), ...((await node("n2")).spec?.podCIDRs ?? [])].sort();
  assert.deepEqual(ranges, ["10.244.1.0/24", "10.244.2.0/24", "fd00:10:0:1::/64", "fd00:10::/64"]);
  assert.deepEqual((await node("n3")).spec?.podCIDRs, ["10.244.9.0/24"]);
  await eventually(async () => (await node("n3")).metadata.annotations?.["node.alpha.kubernetes.io/ttl"] === "0");
});
