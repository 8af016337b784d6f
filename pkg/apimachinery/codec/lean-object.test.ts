import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../object.ts";
import { deferredObject, isUnread, jsonTextOf } from "./deferred.ts";
import { LeanObject } from "./lean-object.ts";
import type { JsonObject } from "./raw-json.ts";

const set = { "f:metadata": { "f:labels": { ".": {}, "f:a": {} } }, "f:spec": { 'k:{"name":"}{"}': { ".": {} } } };

const object = {
  kind: "Pod",
  apiVersion: "v1",
  metadata: {
    name: "ü",
    annotations: { fieldsV1: '{"f:a":{}}', '"fieldsV1': "\\" },
    managedFields: [
      { manager: "a", fieldsType: "FieldsV1", fieldsV1: set },
      { manager: "b", fieldsType: "FieldsV1", fieldsV1: set, subresource: "status" },
      { manager: "c", fieldsType: "FieldsV1", fieldsV1: {} },
    ],
  },
  spec: { text: 'a"}\\', n: 1, list: [{}, []] },
  status: {},
  data: ["x", { y: null }],
};

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const leanOf = (value: unknown): LeanObject => LeanObject.parse(bytesOf(value)) as LeanObject;
const members = (lean: LeanObject): JsonObject => lean.object as unknown as JsonObject;

test("it says what the bytes say, and is written as they are, looked into or not", () => {
  const lean = leanOf(object);
  assert.equal(isUnread(members(lean)["spec"] as object), true);
  assert.equal(lean.encode(lean.object).toString(), JSON.stringify(object));
  assert.equal(isUnread(members(lean)["spec"] as object), true);
  assert.deepEqual(JSON.parse(JSON.stringify(lean.object)), object);
  assert.equal(isUnread(members(lean)["spec"] as object), false);
  assert.equal(lean.encode(lean.object).toString(), JSON.stringify(object));
});

test("what somebody made of it is written, wherever it differs", () => {
  const metadata = structuredClone(object.metadata);
  const [first, ...others] = metadata.managedFields;
  const more = { ...set, "f:metadata": { "f:labels": { ".": {}, "f:a": {}, "f:ü": {} } } };
  const changes: readonly JsonObject[] = [
    { ...object, metadata: { ...metadata, labels: { a: "1" } } },
    { ...object, metadata: { name: "b" } },
    { ...object, metadata: { ...metadata, managedFields: [] } },
    { ...object, metadata: { ...metadata, managedFields: [{ ...first, fieldsV1: more }, ...others] } },
    { ...object, metadata: { ...metadata, managedFields: [{ ...first, fieldsV1: undefined }, {}] } },
    { ...object, metadata: { managedFields: metadata.managedFields, name: "last" } },
    { ...object, status: { phase: "Running" }, more: 1 },
    { metadata, spec: undefined },
    {},
  ];
  for (const change of changes) {
    const lean = leanOf(object);
    const { managedFields } = lean.object.metadata;
    const next = { ...lean.object, ...change } as JsonObject;
    for (const name of Object.keys(object)) if (!(name in change)) delete next[name];
    // What was not changed is the object's own.
    for (const name of ["spec", "status"])
      if (change[name] === object[name as "spec"]) next[name] = members(lean)[name];
    const entries = (next["metadata"] as { managedFields?: JsonObject[] } | undefined)?.managedFields ?? [];
    for (const [at, entry] of entries.entries()) {
      const before = managedFields?.[at]?.fieldsV1;
      if (JSON.stringify(entry["fieldsV1"]) === JSON.stringify(before)) entry["fieldsV1"] = before;
    }
    const order = Object.fromEntries(Object.keys(next).map((name) => [name, change[name]]));
    assert.equal(lean.encode(next as unknown as KubeObject).toString(), JSON.stringify(order));
  }
});

test("objects that have the same set share it, and what is changed in one keeps the text of the rest", () => {
  const [one, other] = [leanOf(object), leanOf({ ...object, spec: {} })];
  const fieldsOf = ({ object: { metadata } }: LeanObject, at: number): JsonObject =>
    metadata.managedFields?.[at]?.fieldsV1 as JsonObject;
  assert.equal(fieldsOf(one, 0), fieldsOf(other, 1));
  assert.deepEqual(fieldsOf(one, 0), set);
});

test("many sets are forgotten, none is taken for another", () => {
  for (let at = 0; at < 300; at += 1) {
    // Each is the beginning of the next but for what closes it.
    const own = Object.fromEntries(Array.from({ length: (at % 100) + 1 }, (_, i) => [`f:${i}`, {}]));
    const metadata = { managedFields: [{ fieldsV1: own }, { fieldsV1: { "f:x": own } }] };
    const lean = leanOf({ metadata });
    assert.deepEqual(JSON.parse(JSON.stringify(lean.object)), { metadata });
    assert.equal(lean.encode(lean.object).toString(), JSON.stringify({ metadata }));
  }
});

const whole: readonly (readonly [name: string, json: string])[] = [
  ["spaces", '{"kind": "Pod","metadata":{}}'],
  ["spaces at the end", '{"metadata":{}} '],
  ["a member twice", '{"metadata":{},"spec":{},"spec":{}}'],
  ["metadata twice", '{"metadata":{},"metadata":{"name":"a"}}'],
  ["an escape in a name", String.raw`{"metadata":{},"sp\u0065c":{}}`],
  ["a set that belongs to nobody", '{"metadata":{"labels":{"fieldsV1":{"f:a":{}}}}}'],
  ["a name that ends like one", String.raw`{"metadata":{"labels":{"\"fieldsV1":{"f:a":{}}}}}`],
  ["a number in the place of a set", '{"metadata":{"managedFields":[{"fieldsV1":1},{"fieldsV1":{}}]}}'],
  ["nothing", ""],
  ["no object", "[]"],
  ["an empty object", "{}"],
  ["cut short", '{"metadata":{"name":"a"},"spec":{"a":'],
  ["cut short in a set", '{"metadata":{"managedFields":[{"fieldsV1":{"f:a":'],
];

for (const [name, json] of whole) {
  test(`for who parses all of it: ${name}`, () => assert.equal(LeanObject.parse(Buffer.from(json)), undefined));
}

test("numbers of metadata keep their digits", () => {
  const json = '{"metadata":{"generation":12345678901234567890},"spec":{"n":98765432109876543210}}';
  const lean = LeanObject.parse(Buffer.from(json)) as LeanObject;
  assert.equal(JSON.stringify(lean.object), json);
});

const looks: Readonly<Record<string, (value: JsonObject) => unknown>> = {
  "its members": (value) => Object.entries(value),
  "one of them": (value) => value["a"],
  "one that is not there": (value) => [value["b"], value["toString"] === Object.prototype.toString],
  "whether it has one": (value) => ["a" in value, "b" in value, Object.hasOwn(value, "__proto__")],
  "its JSON": (value) => JSON.stringify(value),
  "a copy": (value) => ({ ...value }),
  "it changed": (value) => {
    value["a"] = 2;
    delete value["c"];
    Object.defineProperty(value, "d", { value: 1, enumerable: true });
    return JSON.stringify(value);
  },
  "it frozen": (value) => Object.isFrozen(Object.freeze(value)) && Object.keys(value),
  "what it is": (value) => [typeof value, Array.isArray(value), Object.getPrototypeOf(value) === Object.prototype],
};

for (const [name, look] of Object.entries(looks)) {
  test(`a deferred object shows ${name}`, () => {
    const json = '{"a":1,"c":[{"x":"ü"}],"__proto__":{"y":2}}';
    assert.deepEqual(look(deferredObject(json)), look(JSON.parse(json)));
  });
}

test("a deferred object has its text until somebody looks", () => {
  const json = '{"b":1,"a":"ü"}';
  const value = deferredObject(json);
  assert.equal(jsonTextOf(value), json);
  assert.equal(isUnread(value), true);
  value["b"] = 3;
  assert.equal(isUnread(value), false);
  assert.equal(jsonTextOf(value), '{"b":3,"a":"ü"}');
  assert.throws(() => deferredObject("{")["a"], { name: "JsonSyntaxError" });
});
