import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { complete, prune, type Structural, tidy, withPlainNumbers } from "./structural.ts";

const text = { type: "string" };
const withDefault = { type: "string", default: "d" };

const rows: { name: string; schema: object; given: unknown; wants: unknown; dropped?: string[] }[] = [
  {
    name: "what the schema does not name goes",
    schema: {
      a: text,
      o: { type: "object", properties: { b: text } },
      l: { type: "array", items: { type: "object" } },
    },
    given: { a: "1", z: 1, o: { b: "2", y: 2 }, l: [{ x: 3 }] },
    wants: { a: "1", o: { b: "2" }, l: [{}] },
    dropped: ["spec.l[0].x", "spec.o.y", "spec.z"],
  },
  {
    name: "unknown fields stay where they may",
    schema: {
      o: { type: "object", "x-kubernetes-preserve-unknown-fields": true, properties: { a: { type: "object" } } },
    },
    given: { o: { x: { y: 1 }, a: { z: 1 } } },
    wants: { o: { x: { y: 1 }, a: {} } },
    dropped: ["spec.o.a.z"],
  },
  {
    name: "members that JavaScript has on every object are members like others",
    schema: { constructor: text },
    given: JSON.parse('{"constructor": "c", "__proto__": {"a": 1}, "toString": 1}'),
    wants: { constructor: "c" },
    dropped: ["spec.__proto__", "spec.toString"],
  },
  {
    name: "null is no value where it may not be one",
    schema: {
      a: text,
      n: { type: "string", nullable: true },
      d: withDefault,
      m: { type: "object", additionalProperties: text },
    },
    given: { a: null, n: null, d: null, m: { x: null, y: "1" } },
    wants: { n: null, d: "d", m: { y: "1" } },
  },
  {
    name: "defaults of what is there",
    schema: {
      o: { type: "object", properties: { d: withDefault } },
      p: { type: "object", properties: { d: withDefault } },
    },
    given: { o: {} },
    wants: { o: { d: "d" } },
  },
  {
    name: "defaults inside of defaults",
    schema: { o: { type: "object", default: {}, properties: { d: withDefault } } },
    given: {},
    wants: { o: { d: "d" } },
  },
  {
    name: "metadata of objects inside has its own members only",
    schema: {
      e: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
    },
    given: { e: { apiVersion: "v1", kind: "Pod", metadata: { name: "a", what: 1 }, spec: { any: 1 } } },
    wants: { e: { apiVersion: "v1", kind: "Pod", metadata: { name: "a" }, spec: { any: 1 } } },
    dropped: ["spec.e.metadata.what"],
  },
];

const schemaOf = (properties: object): Structural =>
  ({ type: "object", properties: { spec: { type: "object", properties } } }) as Structural;
const objectOf = (spec: unknown): KubeObject =>
  ({ apiVersion: "g/v1", kind: "K", metadata: { name: "a" }, spec: structuredClone(spec) }) as unknown as KubeObject;
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

for (const { name, schema, given, wants, dropped = [] } of rows) {
  test(name, () => {
    const object = objectOf(given);
    assert.deepEqual(prune(object as unknown as Record<string, unknown>, schemaOf(schema)), dropped);
    complete(object, schemaOf(schema));
    assert.deepEqual(plain((object as { spec?: unknown }).spec), plain(wants));
    assert.equal(tidy(object, schemaOf(schema)), object, "what is tidy stays the same object");
    const before = objectOf(given);
    const tidied = tidy(before, schemaOf(schema));
    assert.deepEqual(plain((tidied as { spec?: unknown }).spec), plain(wants));
    assert.deepEqual(before, objectOf(given), "the argument is not changed");
  });
}

test("numbers that a decoder keeps as texts become numbers", () => {
  const { rawJSON } = JSON as unknown as { rawJSON(text: string): unknown };
  const schema = { type: "number", multipleOf: rawJSON("0.5") } as unknown as Structural;
  assert.deepEqual(withPlainNumbers(schema), { type: "number", multipleOf: 0.5 });
  const none: Structural = { type: "string" };
  assert.equal(withPlainNumbers(none), none);
});
