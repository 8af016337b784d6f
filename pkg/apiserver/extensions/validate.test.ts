import assert from "node:assert/strict";
import { test } from "node:test";
import { Correlation } from "./correlation.ts";
import { duplicateItems } from "./list-items.ts";
import { SchemaRules } from "./rules.ts";
import type { Structural } from "./structural.ts";
import { SchemaValidator } from "./validate.ts";

const object = (properties: object, more: object = {}): Structural =>
  ({ type: "object", properties, ...more }) as Structural;

const rows: { name: string; schema: Structural; value: unknown; wants: string[] }[] = [
  {
    name: "types and what is missing",
    schema: object({ a: { type: "integer" }, l: { type: "array", items: { type: "string" } } }, { required: ["b"] }),
    value: { a: "x", l: ["y", 1] },
    wants: [
      'a: Invalid value: "string": a in body must be of type integer: "string"',
      "b: Required value",
      'l[1]: Invalid value: "integer": l[1] in body must be of type string: "integer"',
    ],
  },
  {
    name: "counts are told instead of what is counted",
    schema: object({ l: { type: "array", minItems: 2, items: {} }, m: { type: "object", minProperties: 1 } }),
    value: { l: [1], m: {} },
    wants: [
      "l: Invalid value: 1: l in body should have at least 2 items",
      "m: Invalid value: 0: m in body should have at least 1 properties",
    ],
  },
  {
    name: "of alternatives the closest is told, by members with the names of keywords too",
    schema: object({
      anyOf: { type: "integer", anyOf: [{ minimum: 5 }, { maximum: 2 }] },
      not: { not: { enum: [5] } },
    }),
    value: { anyOf: 3, not: 5 },
    wants: [
      '<nil>: Invalid value: "": "anyOf" must validate at least one schema (anyOf)',
      '<nil>: Invalid value: "": "not" must not validate the schema (not)',
      "anyOf: Invalid value: 3: anyOf in body should be greater than or equal to 5",
    ],
  },
  {
    name: "one and only one",
    schema: object({ a: { type: "integer", oneOf: [{ minimum: 5 }, { maximum: 7 }] } }),
    value: { a: 6 },
    wants: ['<nil>: Invalid value: "": "a" must validate one and only one schema (oneOf). Found 2 valid alternatives'],
  },
  {
    name: "all in an item of a list",
    schema: object({ l: { type: "array", items: { type: "integer", allOf: [{ minimum: 5 }, { maximum: 7 }] } } }),
    value: { l: [6, 9] },
    wants: [
      '<nil>: Invalid value: "": "l[1]" must validate all the schemas (allOf)',
      "l[1]: Invalid value: 9: l[1] in body should be less than or equal to 7",
    ],
  },
  {
    name: "patterns are RE2's",
    schema: object({ a: { type: "string", pattern: "(?i)^abc$" }, b: { type: "string", pattern: "^(a+)+$" } }),
    value: { a: "ABC", b: `${"a".repeat(50_000)}!` },
    wants: [`b: Invalid value: ${JSON.stringify(`${"a".repeat(50_000)}!`)}: b in body should match '^(a+)+$'`],
  },
];

for (const { name, schema, value, wants } of rows) {
  test(name, () => {
    const found = new SchemaValidator(schema).validate(value).map(({ field, detail }) => `${field}: ${detail}`);
    assert.deepEqual(found.sort(), wants);
  });
}

const short = object({
  a: { type: "string", maxLength: 2 },
  l: {
    type: "array",
    "x-kubernetes-list-type": "map",
    "x-kubernetes-list-map-keys": ["k"],
    items: object({ k: { type: "string" }, v: { type: "string", maxLength: 2 } }),
  },
  atomic: { type: "array", items: { type: "string", maxLength: 2 } },
});

const ratchets: { name: string; old: unknown; value: unknown; wants: string[] }[] = [
  { name: "unchanged", old: { a: "long" }, value: { a: "long", l: [] }, wants: [] },
  { name: "changed", old: { a: "long" }, value: { a: "longer" }, wants: ["a"] },
  { name: "new", old: {}, value: { a: "long" }, wants: ["a"] },
  {
    name: "an item that moved is known by its key",
    old: { l: [{ k: "1", v: "long" }] },
    value: { l: [{ k: "2" }, { k: "1", v: "long" }] },
    wants: [],
  },
  {
    name: "items without keys are not known",
    old: { atomic: ["long"] },
    value: { atomic: ["long", "x"] },
    wants: ["atomic[0]"],
  },
];

for (const { name, old, value, wants } of ratchets) {
  test(`what did not change may break rules: ${name}`, () => {
    const found = new SchemaValidator(short).validate(value, "", new Correlation(value, old, short));
    assert.deepEqual(
      found.map(({ field }) => field),
      wants,
    );
  });
}

test("items of sets and maps are the same whatever the order of their members", () => {
  const set = object({ s: { type: "array", "x-kubernetes-list-type": "set", items: { type: "object" } } });
  const value = {
    s: [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
      { a: 1, b: 2 },
    ],
  };
  assert.deepEqual(
    duplicateItems(value, set).map(({ field, detail }) => `${field}: ${detail}`),
    ['s[1]: Duplicate value: {"a":1,"b":2}'],
  );
});

const ruled = object(
  {
    n: { type: "integer", "x-kubernetes-validations": [{ rule: "self >= oldSelf", message: "may not shrink" }] },
    m: { type: "integer", "x-kubernetes-validations": [{ rule: "self < 10", reason: "FieldValueForbidden" }] },
    list: { type: "array", items: { type: "string" } },
  },
  {
    "x-kubernetes-validations": [
      { rule: "!has(self.m) || self.m != 3", messageExpression: "'m is ' + 'three'", fieldPath: ".m" },
    ],
  },
);

const rules: { name: string; old?: unknown; value: unknown; wants: string[] }[] = [
  { name: "a transition of something new is none", value: { n: 1 }, wants: [] },
  { name: "a transition", old: { n: 5 }, value: { n: 1 }, wants: ["n: Invalid value: 1: may not shrink"] },
  { name: "a reason", value: { m: 11 }, wants: ["m: Forbidden: failed rule: self < 10"] },
  { name: "a message that is made, at a path", value: { m: 3 }, wants: [".m: Invalid value: m is three"] },
  { name: "what did not change is warned of", old: { m: 12 }, value: { m: 12, n: 1 }, wants: [] },
];

for (const { name, old, value, wants } of rules) {
  test(`rules: ${name}`, () => {
    const warnings: string[] = [];
    const before = old === undefined ? undefined : new Correlation(value, old, ruled);
    const found = new SchemaRules(ruled).validate(value, before, (text) => warnings.push(text));
    assert.deepEqual(
      found.map(({ field, detail }) => `${field}: ${detail}`),
      wants.map((text) => text.replace(/^\./, "")),
    );
    assert.equal(warnings.length, name.includes("warned") ? 1 : 0);
  });
}

test("rules that together cost too much end the validation", () => {
  const expensive = object({
    list: {
      type: "array",
      items: { type: "string" },
      "x-kubernetes-validations": [{ rule: "self.all(a, self.all(b, a + b != 'xx'))" }, { rule: "false" }],
    },
  });
  const list = Array.from({ length: 2_000 }, (_, at) => String(at));
  const [error, ...more] = new SchemaRules(expensive).validate({ list }, undefined, () => {});
  assert.match(
    error?.detail ?? "",
    /actual cost limit exceeded': no further validation rules will be run due to call cost exceeds limit/,
  );
  assert.deepEqual(more, []);
});
