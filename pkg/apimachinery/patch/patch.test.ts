import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { StatusError } from "../status-error.ts";
import { applyJsonPatch, applyMergePatch, applyStrategicPatch } from "./index.ts";

interface StrategicCase {
  readonly name: string;
  readonly type: string;
  readonly doc: unknown;
  readonly patch: unknown;
  readonly want?: unknown;
  readonly error?: string;
}

/** The results are upstream's own, recorded. */
const recorded = readFileSync(new URL("../../../test/data/patch/strategic.jsonl", import.meta.url), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line) as StrategicCase);

for (const { name, type, doc, patch, want, error } of recorded) {
  test(`strategic: ${name}`, () => {
    const before = JSON.stringify([doc, patch]);
    if (error === undefined) assert.deepEqual(applyStrategicPatch(doc, patch, type), want);
    else {
      assert.throws(
        () => applyStrategicPatch(doc, patch, type),
        (thrown) => {
          assert(thrown instanceof StatusError);
          const text = thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
          assert.equal(text.trim(), error.trim());
          return true;
        },
      );
    }
    assert.equal(JSON.stringify([doc, patch]), before, "the input changed");
  });
}

const jsonPatches: { name: string; doc: unknown; ops: unknown[]; want: unknown }[] = [
  { name: "adds a member", doc: {}, ops: [{ op: "add", path: "/a", value: 1 }], want: { a: 1 } },
  { name: "inserts", doc: { a: [1, 3] }, ops: [{ op: "add", path: "/a/1", value: 2 }], want: { a: [1, 2, 3] } },
  { name: "appends", doc: { a: [1] }, ops: [{ op: "add", path: "/a/-", value: 2 }], want: { a: [1, 2] } },
  { name: "appends by -1", doc: { a: [1] }, ops: [{ op: "add", path: "/a/-1", value: 2 }], want: { a: [1, 2] } },
  { name: "removes the last", doc: { a: [1, 2] }, ops: [{ op: "remove", path: "/a/-1" }], want: { a: [1] } },
  { name: "replaces", doc: { a: 1 }, ops: [{ op: "replace", path: "/a", value: null }], want: { a: null } },
  { name: "moves", doc: { a: 1 }, ops: [{ op: "move", from: "/a", path: "/b" }], want: { b: 1 } },
  { name: "copies", doc: { a: [1] }, ops: [{ op: "copy", from: "/a", path: "/b" }], want: { a: [1], b: [1] } },
  { name: "escapes", doc: { "a/b~": 1 }, ops: [{ op: "remove", path: "/a~1b~0" }], want: {} },
  {
    name: "tests objects",
    doc: { a: { x: 1 } },
    ops: [{ op: "test", path: "/a", value: { x: 1 } }],
    want: { a: { x: 1 } },
  },
  { name: "tests absence", doc: {}, ops: [{ op: "test", path: "/a", value: null }], want: {} },
  { name: "replaces all", doc: { a: 1 }, ops: [{ op: "replace", path: "", value: { b: 2 } }], want: { b: 2 } },
];
for (const { name, doc, ops, want } of jsonPatches) {
  test(`json: ${name}`, () => assert.deepEqual(applyJsonPatch(doc, ops), want));
}

const misfits: [name: string, doc: unknown, op: unknown][] = [
  ["another value", { a: { x: 1 } }, { op: "test", path: "/a", value: { x: 2 } }],
  ["a missing member", {}, { op: "remove", path: "/a" }],
  ["a missing parent", {}, { op: "add", path: "/a/b", value: 1 }],
  ["a sparse list", { a: [] }, { op: "add", path: "/a/2", value: 1 }],
  ["a leading zero", { a: [1, 2] }, { op: "remove", path: "/a/01" }],
  ["a path without a slash", { a: 1 }, { op: "remove", path: "a" }],
  ["an unknown operation", { a: 1 }, { op: "spam", path: "/a" }],
  ["a move into itself", { a: { b: 1 } }, { op: "move", from: "/a", path: "/a/b" }],
  ["a scalar parent", { a: 1 }, { op: "add", path: "/a/b", value: 1 }],
  ["an inherited member", {}, { op: "remove", path: "/constructor" }],
];
for (const [name, doc, op] of misfits) {
  test(`json: refuses ${name}`, () => {
    assert.throws(() => applyJsonPatch(doc, [op]), {
      code: 422,
      reason: "Invalid",
      message: "the server rejected our request due to an error in our request",
    });
  });
}

test("json: bounds the number of operations", () => {
  const ops = Array.from({ length: 10_001 }, () => ({ op: "test", path: "/a", value: 1 }));
  assert.throws(() => applyJsonPatch({ a: 1 }, ops), {
    code: 413,
    message: "Request entity is too large: The allowed maximum operations in a JSON patch is 10000, got 10001",
  });
});

test("json: bounds what copies may grow to", () => {
  const ops = [{ op: "add", path: "/a0", value: "x".repeat(1024) }];
  const doubling = Array.from({ length: 40 }, (_, i) => ({ op: "copy", from: "", path: `/c${i}` }));
  assert.throws(() => applyJsonPatch({}, [...ops, ...doubling]), { code: 422 });
});

test("json: a patch that is no list", () => {
  assert.throws(() => applyJsonPatch({}, {}), { code: 400 });
  assert.throws(() => applyJsonPatch({}, [1]), { code: 400 });
});

test("merge: nulls delete, objects merge, lists replace", () => {
  const doc = { a: { b: 1, c: [1, 2] }, d: 1 };
  const patch = { a: { b: null, c: [3], e: { f: null, g: 1 } }, d: { h: 1 } };
  assert.deepEqual(applyMergePatch(doc, patch), { a: { c: [3], e: { g: 1 } }, d: { h: 1 } });
  assert.deepEqual(doc, { a: { b: 1, c: [1, 2] }, d: 1 });
});

test("merge: a patch that is no object", () => {
  assert.throws(() => applyMergePatch({}, []), {
    code: 400,
    message: "error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}",
  });
});

test("__proto__ is an ordinary key in every patch", () => {
  const patch = JSON.parse('{"metadata":{"labels":{"__proto__":"x"}}}');
  for (const result of [applyMergePatch({}, patch), applyStrategicPatch({}, patch, "core/v1.Pod")]) {
    assert.equal(JSON.stringify(result), '{"metadata":{"labels":{"__proto__":"x"}}}');
  }
  const added = applyJsonPatch({ a: {} }, [{ op: "add", path: "/a/__proto__", value: "x" }]);
  assert.equal(JSON.stringify(added), '{"a":{"__proto__":"x"}}');
});

test("json: what no operation names is shared, and nothing of the document changes", () => {
  const doc = { a: { x: [1] }, b: { y: {} }, "c/d": { z: 1 } };
  const before = structuredClone(doc);
  const paths = ["/a/x/0", "/c~1d/z"];
  const patched = applyJsonPatch(
    doc,
    paths.map((path) => ({ op: "replace", path, value: 2 })),
  ) as typeof doc;
  assert.deepEqual(patched, { a: { x: [2] }, b: { y: {} }, "c/d": { z: 2 } });
  assert.equal(patched.b, doc.b);
  assert.deepEqual(doc, before);
  const copied = applyJsonPatch(doc, [
    { op: "copy", from: "/b", path: "/a/b" },
    { op: "add", path: "/a/b/y/new", value: 1 },
    { op: "add", path: "/b/own", value: 2 },
  ]);
  assert.deepEqual(copied, { a: { x: [1], b: { y: { new: 1 } } }, b: { y: {}, own: 2 }, "c/d": { z: 1 } });
  assert.deepEqual(doc, before);
});
