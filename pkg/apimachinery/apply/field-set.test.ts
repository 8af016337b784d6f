import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  compareLabels,
  difference,
  type FieldSet,
  intersection,
  isMember,
  pathsOf,
  printPath,
  union,
} from "./field-set.ts";

const set = (value: object): FieldSet => value as FieldSet;
const all = set({ "f:spec": { ".": {}, "f:a": {}, "f:b": { ".": {}, "f:c": {} } } });

describe("sets of fields", () => {
  const rows: readonly { readonly name: string; readonly got: FieldSet; readonly want: object }[] = [
    { name: "union of strangers", got: union(set({ "f:b": {} }), set({ "f:a": {} })), want: { "f:a": {}, "f:b": {} } },
    {
      name: "union of a path and what is below it keeps both",
      got: union(set({ "f:a": {} }), set({ "f:a": { "f:x": {} } })),
      want: { "f:a": { ".": {}, "f:x": {} } },
    },
    {
      name: "difference takes a path, not what is below it",
      got: difference(all, set({ "f:spec": { "f:b": {} } })),
      want: { "f:spec": { ".": {}, "f:a": {}, "f:b": { "f:c": {} } } },
    },
    {
      name: "difference leaves an empty node where only the path itself is left",
      got: difference(all, set({ "f:spec": { "f:a": {}, "f:b": { "f:c": {} } } })),
      want: { "f:spec": { ".": {}, "f:b": {} } },
    },
    { name: "difference with itself", got: difference(all, all), want: {} },
    {
      name: "difference with the way to another path",
      got: difference(set({ "f:a": {} }), set({ "f:a": { "f:x": {} } })),
      want: { "f:a": {} },
    },
    {
      name: "intersection is of paths, not of ways",
      got: intersection(all, set({ "f:spec": { "f:b": { "f:c": {} }, "f:z": {} } })),
      want: { "f:spec": { "f:b": { "f:c": {} } } },
    },
    {
      name: "intersection with a path that has children",
      got: intersection(all, set({ "f:spec": { "f:b": {} } })),
      want: { "f:spec": { "f:b": {} } },
    },
    { name: "intersection of strangers", got: intersection(set({ "f:a": {} }), set({ "f:b": {} })), want: {} },
    {
      name: "a member called like a prototype's",
      got: union(set({ "f:constructor": {} }), set(JSON.parse('{"f:__proto__":{}}') as object)),
      want: JSON.parse('{"f:__proto__":{},"f:constructor":{}}') as object,
    },
  ];
  for (const { name, got, want } of rows) {
    test(name, () => assert.equal(JSON.stringify(got), JSON.stringify(want)));
  }

  test("what changes nothing gives the same object", () => {
    assert.equal(union(all, set({ "f:spec": { "f:a": {} } })), all);
    assert.equal(difference(all, set({ "f:status": {} })), all);
  });

  test("operands stay as they are", () => {
    const before = JSON.stringify(all);
    union(all, set({ "f:spec": { "f:z": {} } }));
    difference(all, set({ "f:spec": { "f:a": {} } }));
    assert.equal(JSON.stringify(all), before);
  });

  test("membership", () => {
    assert.equal(isMember(set({})), true);
    assert.equal(isMember(set({ ".": {}, "f:a": {} })), true);
    assert.equal(isMember(set({ "f:a": {} })), false);
  });
});

describe("labels", () => {
  const port = (number: number, protocol: string) => `k:${JSON.stringify({ containerPort: number, protocol })}`;

  test("are ordered by what they say", () => {
    const labels = [port(443, "TCP"), "f:b", port(80, "UDP"), 'v:"b"', ".", "f:a", port(80, "TCP"), 'v:"a"'];
    assert.deepEqual(labels.toSorted(compareLabels), [
      ".",
      "f:a",
      "f:b",
      port(80, "TCP"),
      port(80, "UDP"),
      port(443, "TCP"),
      'v:"a"',
      'v:"b"',
    ]);
  });

  test("from clients may be anything", () => {
    assert.equal(Math.sign(compareLabels("k:{", 'k:{"name":"a"}')), 1);
    assert.equal(printPath(["k:{"]), "[{]");
  });

  test("print as conflicts name them", () => {
    const tree = set({
      "f:spec": {
        "f:containers": { 'k:{"name":"a"}': { "f:ports": { [port(80, "TCP")]: { "f:hostPort": {} } } } },
      },
      "f:metadata": { "f:finalizers": { 'v:"x.io/a"': {} } },
      "f:list": { "i:3": {} },
    });
    assert.deepEqual([...pathsOf(tree)].map(printPath), [
      '.spec.containers[name="a"].ports[containerPort=80,protocol="TCP"].hostPort',
      '.metadata.finalizers[="x.io/a"]',
      ".list[3]",
    ]);
  });
});
