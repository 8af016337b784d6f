import assert from "node:assert/strict";
import { test } from "node:test";
import { check } from "./schema-check.ts";
import type { Structural } from "./structural.ts";

/** Ways through the schema, keyword last, in the order in which they are found. */
const found = (schema: Structural, value: unknown, isDefault = false): string[] =>
  check(schema, value, { isDefault }).map(({ steps, instance }) => `${steps.join("/")} at ${instance.join("/")}`);

/** One row a value. */
const rows: readonly (readonly [name: string, schema: Structural, value: unknown, found: readonly string[]])[] = [
  ["no schema asks nothing", {}, { a: [1] }, []],
  ["one branch of anyOf is enough", { anyOf: [{ type: "string" }, { minimum: 3 }] }, 4, []],
  [
    "anyOf tells of all branches before itself",
    { anyOf: [{ type: "string" }, { minimum: 3 }] },
    1,
    ["anyOf/0/valueType at ", "anyOf/1/minimum at ", "anyOf at "],
  ],
  ["two of oneOf", { oneOf: [{ type: "integer" }, { minimum: 3 }] }, 4, ["oneOf at "]],
  ["one of oneOf", { oneOf: [{ type: "string" }, { minimum: 3 }] }, 4, []],
  ["not tells of itself only", { not: { type: "integer" } }, 4, ["not at "]],
  ["what not refuses is right", { not: { required: ["a"] } }, {}, []],
  [
    "allOf tells of branches only",
    { allOf: [{ minimum: 5 }, { maximum: 3 }] },
    4,
    ["allOf/0/minimum at ", "allOf/1/maximum at "],
  ],
  [
    "names that mean something to schemas",
    { properties: { items: { type: "string" }, "a/b": { type: "string" } } },
    { "a/b": 1, items: 1 },
    ["properties/items/valueType at items", "properties/a/b/valueType at a/b"],
  ],
  ["names that every object of the language has", { properties: { toString: { type: "string" } } }, {}, []],
  [
    "a member without a name in the schema",
    { properties: { a: {} }, additionalProperties: { type: "string" } as never },
    { a: 1, b: 1 },
    ["additionalProperties/valueType at b"],
  ],
  ["metadata of the whole", { properties: { metadata: { type: "string" } } }, { metadata: {} }, []],
  [
    "metadata of what is inside",
    { properties: { a: { properties: { metadata: { type: "string" } } } } },
    { a: { metadata: {} } },
    ["properties/a/properties/metadata/valueType at a/metadata"],
  ],
  ["characters are counted, not their halves", { type: "string", maxLength: 2, minLength: 2 }, "😀b", []],
];

for (const [name, schema, value, wanted] of rows) {
  test(name, () => assert.deepEqual(found(schema, value), wanted));
}

test("a member named __proto__", () => {
  const schema = { properties: JSON.parse('{"__proto__":{"type":"string"}}') } as Structural;
  assert.deepEqual(found(schema, JSON.parse('{"__proto__":1}')), ["properties/__proto__/valueType at __proto__"]);
});

test("defaults: formats that nobody knows count, numbers that may be texts have no type", () => {
  assert.deepEqual(found({ type: "integer", format: "int32" }, "x", true), ["valueType at "]);
  assert.deepEqual(found({ "x-kubernetes-int-or-string": true }, true), ["valueType at "]);
  assert.deepEqual(found({ "x-kubernetes-int-or-string": true }, true, true), []);
});
