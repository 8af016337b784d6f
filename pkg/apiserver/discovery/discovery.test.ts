import assert from "node:assert/strict";
import test from "node:test";
import { type ResourceDef, schema } from "#api/index.ts";
import builtin from "#test/data/discovery/builtin.json" with { type: "json" };
import custom from "#test/data/discovery/custom.json" with { type: "json" };
import rootPaths from "#test/data/discovery/root-paths.json" with { type: "json" };
import {
  aggregatedDocument,
  apiVersionsDocument,
  compareVersions,
  discoverGroups,
  groupDocument,
  groupListDocument,
  resourceListDocument,
  rootPathsDocument,
} from "./index.ts";

const groups = discoverGroups(schema.resources);

/** Compares texts, because the order of members is a part of what clients see. */
const same = (actual: unknown, expected: unknown) => assert.equal(JSON.stringify(actual), JSON.stringify(expected));

for (const [path, document] of Object.entries(builtin)) {
  test(`built-in ${path}`, () => same(build(path), document));
}

function build(path: string): unknown {
  if (path === "/api") return apiVersionsDocument("127.0.0.1:12370");
  if (path === "/api agg") return aggregatedDocument(groups, "/api");
  if (path === "/apis agg") return aggregatedDocument(groups, "/apis");
  if (path === "/apis") return groupListDocument(groups);
  const [, root, ...rest] = path.split("/");
  if (root === "api") return resourceListDocument(groups, "", rest[0]!);
  return rest.length === 1 ? groupDocument(groups, rest[0]!) : resourceListDocument(groups, rest[0]!, rest[1]!);
}

const widget: ResourceDef = {
  group: "ssa.example.com",
  version: "v1",
  kind: "Widget",
  plural: "widgets",
  singular: "widget",
  shortNames: ["wd"],
  categories: ["all"],
  namespaced: true,
  verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
  subresources: [
    { name: "status", group: "ssa.example.com", version: "v1", kind: "Widget", verbs: ["get", "patch", "update"] },
    { name: "scale", group: "autoscaling", version: "v1", kind: "Scale", verbs: ["get", "patch", "update"] },
  ],
  columns: [],
  type: "",
};

test("custom resources and unavailable APIServices stand after the built-in groups", () => {
  const all = discoverGroups(schema.resources, [
    { group: "none.example.com", version: "v1", resources: [], groupPriority: 100, versionPriority: 10, stale: true },
    { group: "ssa.example.com", version: "v1", resources: [widget] },
    { group: "gold.example.com", version: "v1", resources: [] },
  ]);
  assert.deepEqual(
    all.map((g) => g.name).filter((n) => n !== ""),
    custom.groups,
  );
  same(groupDocument(all, "ssa.example.com"), custom.group);
  same(resourceListDocument(all, "ssa.example.com", "v1"), custom.resources);
  const items = aggregatedDocument(all, "/apis")["items"] as { metadata: { name: string } }[];
  same(
    items.find((i) => i.metadata.name === "ssa.example.com"),
    custom.aggregated,
  );
});

test("unknown groups and versions have no document", () => {
  assert.equal(groupDocument(groups, "nope"), undefined);
  assert.equal(groupDocument(groups, ""), undefined);
  assert.equal(resourceListDocument(groups, "apps", "v2"), undefined);
});

test("root paths hold every group version", () => {
  const others = rootPaths.paths.filter((p) => !p.startsWith("/api"));
  same(rootPathsDocument(groups, others), rootPaths);
});

test("versions sort by stability, then age", () => {
  const sorted = ["foo1", "v1alpha1", "v11", "v3beta1", "v2", "foo10", "v10", "v1", "v11beta2", "v12alpha1"];
  assert.deepEqual(
    sorted.toSorted((a, b) => compareVersions(b, a)),
    ["v11", "v10", "v2", "v1", "v11beta2", "v3beta1", "v12alpha1", "v1alpha1", "foo1", "foo10"],
  );
});
