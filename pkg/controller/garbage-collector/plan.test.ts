import assert from "node:assert/strict";
import { test } from "node:test";
import { resources } from "#api/gen/resources.ts";
import type { OwnerReference } from "#api/types/meta/v1";
import { Graph } from "./graph.ts";
import { fateOf, type OwnerState } from "./plan.ts";

const owner = (uid: OwnerState | string): OwnerReference => ({ apiVersion: "v1", kind: "ConfigMap", name: uid, uid });
const state = ({ uid }: OwnerReference) => uid as OwnerState;

for (const { name, owners, dependents = false, is } of [
  { name: "nobody owns it", owners: [], is: { kind: "keep" } },
  { name: "its owner is there", owners: [owner("solid")], is: { kind: "keep" } },
  { name: "its owner is gone", owners: [owner("absent")], is: { kind: "delete", policy: "Background" } },
  { name: "one of two is gone", owners: [owner("solid"), owner("absent")], is: { kind: "drop", uids: ["absent"] } },
  { name: "its owner waits for it", owners: [owner("waiting")], is: { kind: "delete", policy: "Background" } },
  {
    name: "its owner waits, and others wait for it",
    owners: [owner("waiting")],
    dependents: true,
    is: { kind: "delete", policy: "Foreground" },
  },
]) {
  test(`fate: ${name}`, () => assert.deepEqual(fateOf(owners, state, dependents), is));
}

test("the graph follows changes of owners and forgets what is gone", () => {
  const graph = new Graph();
  const object = (uid: string, ...owners: string[]) => ({
    metadata: { uid, name: uid, ownerReferences: owners.map((o) => ({ ...owner(o), blockOwnerDeletion: true })) },
  });
  graph.set(object("child", "a"), resources.configmaps);
  assert.deepEqual(
    graph.blockers("a").map((n) => n.uid),
    ["child"],
  );
  graph.set(object("child", "b"), resources.configmaps);
  assert.deepEqual([graph.dependentsOf("a").length, graph.dependentsOf("b").length], [0, 1]);
  graph.remove("child");
  assert.equal(graph.dependentsOf("b").length, 0);
});
