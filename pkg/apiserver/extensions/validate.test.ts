import assert from "node:assert/strict";
import { test } from "node:test";
import type { Structural } from "./structural.ts";
import { SchemaValidator } from "./validate.ts";

function told(schema: Structural, value: unknown): string[] {
  const whole: Structural = { type: "object", properties: { a: schema } };
  return new SchemaValidator(whole).validate({ a: value }).map(({ field, detail }) => `${field}: ${detail}`);
}

/** As a running upstream told them; one row a value. */
const rows: readonly (readonly [name: string, schema: Structural, value: unknown, errors: readonly string[]])[] = [
  ["whole bounds for a whole number", { type: "number", minimum: 0.5 }, 0, []],
  [
    "a whole bound in the text",
    { type: "number", maximum: 1.5 },
    2,
    ["a: Invalid value: 2: a in body should be less than or equal to 1"],
  ],
  [
    "a fraction against a fraction",
    { type: "number", maximum: 1.5 },
    1.7,
    ["a: Invalid value: 1.7: a in body should be less than or equal to 1.5"],
  ],
  [
    "a factor that is none for a whole number",
    { type: "number", multipleOf: 0.1 },
    3,
    ["a: Invalid value: 0: factor MultipleOf declared for a must be positive: 0"],
  ],
  ["a multiple in base ten", { type: "number", multipleOf: 0.1 }, 0.3, []],
  [
    "null is in no enumeration",
    { type: "string", enum: ["x", null], nullable: true },
    null,
    ['a: Unsupported value: null: supported values: "x", "null"'],
  ],
  [
    "a number where a date is",
    { type: "string", format: "date" },
    5,
    ['a: Invalid value: "int64": a in body must be of type date: "int64"'],
  ],
  ["a list where a date is", { type: "string", format: "date" }, [], []],
  ["a text where an object with a format is", { type: "object", format: "date" }, "2020-01-01", []],
  [
    "a format that nobody knows",
    { type: "integer", format: "int32" },
    true,
    ['a: Invalid value: "boolean": a in body must be of type integer: "boolean"'],
  ],
  [
    "one item",
    { type: "array", maxItems: 1, items: { type: "string" } },
    ["x", 1],
    [
      'a[1]: Invalid value: "integer": a[1] in body must be of type string: "integer"',
      "a: Too many: 2: must have at most 1 item",
    ],
  ],
  ["one byte", { type: "string", maxLength: 1 }, "xx", ["a: Too long: may not be more than 1 byte"]],
  ["a length below zero", { type: "string", minLength: -1 }, "", []],
  [
    "members before what is missing",
    { type: "object", properties: { x: { type: "string" } }, required: ["y"] },
    { x: 1 },
    ['a.x: Invalid value: "integer": a.x in body must be of type string: "integer"', "a.y: Required value"],
  ],
];

for (const [name, schema, value, errors] of rows) {
  test(name, () => assert.deepEqual(told(schema, value), errors));
}

const formats: Readonly<Record<string, { readonly good: readonly string[]; readonly bad: readonly string[] }>> = {
  date: { good: ["2020-12-31"], bad: ["2020-02-30", "2020-2-3"] },
  "date-time": { good: ["2020-01-01T00:00:00Z"], bad: ["2020-01-01", "2020-01-01T00:00:00", "2020-01-01T24:00:00Z"] },
  duration: { good: ["1s", "1.5h", "1 day", "-1s", "P1D", "0"], bad: ["x", "1", ""] },
  email: { good: ["a@b", "<a@b.c>", "A B <a@b>", '"x y"@b'], bad: ["a", "a b@c", "a@"] },
  hostname: { good: ["a", "münchen.de", "m-y", "a-b.cd"], bad: ["A.b", "-a", "a_b", "1.2.3.4", "", "my-host"] },
  ipv4: { good: ["1.2.3.4", "01.2.3.4"], bad: ["::1", "1.2.3"] },
  ipv6: { good: ["::1", "::ffff:1.2.3.4"], bad: ["1.2.3.4", "fe80::1%eth0"] },
  cidr: { good: ["01.2.3.0/24", "::/0"], bad: ["1.2.3.4/33", "1.2.3.4"] },
  uri: { good: ["/a", "http://x", "http://", "a:b"], bad: ["a", "::", ""] },
  mac: { good: ["aabb.ccdd.eeff", "aa-bb-cc-dd-ee-ff", "aabbccddeeff"], bad: ["x", "aa:bb-cc:dd:ee:ff"] },
  isbn: { good: ["0321751043", "978-0321751041"], bad: ["1234567890"] },
  creditcard: { good: ["4111-1111-1111-1111"], bad: ["1234567890123456"] },
  ssn: { good: ["111-11-1111"], bad: ["111111111"] },
  rgbcolor: { good: ["rgb( 1 , 2 , 3 )"], bad: ["rgb(300,1,1)"] },
  uuid4: { good: ["025b0d74-00a2-4048-bf57-227c5111bb34"], bad: ["025b0d74-00a2-4048-7f57-227c5111bb34"] },
  byte: { good: ["eHg="], bad: ["x", "a==="] },
  "k8s-long-name": { good: ["a.b-c"], bad: ["A", "a..b"] },
  "ip-v4": { good: ["1.2.3.4"], bad: ["::1"] },
};

for (const [format, { good, bad }] of Object.entries(formats)) {
  for (const text of [...good, ...bad]) {
    test(`${format}: ${JSON.stringify(text)}`, () => {
      const shown = JSON.stringify(text);
      const wrong = `a: Invalid value: ${shown}: a in body must be of type ${format}: ${shown}`;
      assert.deepEqual(told({ type: "string", format }, text), bad.includes(text) ? [wrong] : []);
    });
  }
}

test("each pattern is its own, in one schema and between schemas", () => {
  const schema: Structural = {
    type: "object",
    properties: { lower: { type: "string", pattern: "^[a-z]+$" }, digits: { type: "string", pattern: "^[0-9]+$" } },
  };
  assert.deepEqual(new SchemaValidator(schema).validate({ lower: "a", digits: "1" }), []);
  assert.equal(new SchemaValidator(schema).validate({ lower: "1", digits: "a" }).length, 2);
  assert.deepEqual(told({ type: "string", pattern: "^[A-Z]+$" }, "A"), []);
});
