import assert from "node:assert/strict";
import { test } from "node:test";
import { JsonPath } from "./index.ts";

const object = {
  metadata: { labels: { "a.b/c": "1" } },
  spec: { size: 3, list: [{ name: "x" }, { name: "y" }] },
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
};

const rows: [string, unknown[]][] = [
  [".spec.size", [3]],
  ["{.spec.size}", [3]],
  [".spec.list[1].name", ["y"]],
  [".spec.list[*].name", ["x", "y"]],
  [".spec.list[-1].name", ["y"]],
  [".metadata.labels['a.b/c']", ["1"]],
  [".metadata.labels.a\\.b/c", ["1"]],
  ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
  [".status.conditions[?(@.type=='None')].status", []],
  [".spec.constructor", []],
  ["..name", ["x", "y"]],
];

for (const [path, expected] of rows) {
  test(`json path ${path}`, () => assert.deepEqual(new JsonPath(path).find(object), expected));
}

test("a path that cannot be read", () => assert.throws(() => new JsonPath(".a[?(")));
