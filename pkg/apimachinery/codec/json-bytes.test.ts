import assert from "node:assert/strict";
import { test } from "node:test";
import { membersOf, metadataBytes } from "./json-bytes.ts";
import { JsonText, parseWithoutOwnedFields } from "./owned-fields-text.ts";

const metadata = String.raw`{"name":"a","labels":{"x":"}\"{","\\":"\\"},"text":"ü{"}`;

/** Where the metadata is found, and where only a parser could. */
const rows = [
  {
    name: "behind kind and version",
    json: `{"kind":"Pod","apiVersion":"v1","metadata":${metadata},"spec":{}}`,
    found: true,
  },
  { name: "first", json: `{"metadata":${metadata}}`, found: true },
  { name: "behind another object", json: `{"spec":{"metadata":{"name":"b"}},"metadata":${metadata}}`, found: false },
  { name: "behind a list", json: `{"items":[1],"metadata":${metadata}}`, found: false },
  {
    name: "behind a text that names it",
    json: String.raw`{"kind":"\"metadata\":{","metadata":${metadata}}`,
    found: false,
  },
  { name: "with a space", json: `{"metadata": ${metadata}}`, found: false },
  { name: "null", json: `{"metadata":null}`, found: false },
  { name: "cut short", json: `{"metadata":{"name":"a"`, found: false },
  { name: "cut short in a text", json: `{"metadata":{"name":"a`, found: false },
  { name: "with a text that does not end", json: String.raw`{"metadata":{"name":"a\"}}`, found: false },
];

for (const { name, json, found } of rows) {
  test(`metadata ${name}`, () => {
    assert.equal(metadataBytes(Buffer.from(json))?.toString(), found ? metadata : undefined);
  });
}

const sets = [String.raw`{"f:a":{"k:{\"name\":\"}{\"}":{".":{}}}}`, '{"f:metadata":{"f:labels":{"f:ü":{}}}}', "{}"];

function objectOf(entries: readonly string[], more = ""): string {
  const managed = entries.map((fields, at) => `{"manager":"m${at}","fieldsV1":${fields},"subresource":"status"}`);
  return `{"kind":"Pod","metadata":{"name":"ü","managedFields":[${managed}],"generation":12345678901234567890}${more}}`;
}

/** The object with the texts parsed. */
const filled = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, one) => (one instanceof JsonText ? JSON.parse(one.bytes.toString()) : one)));

/** How many sets stay text. */
const objects = [
  { name: "none", json: objectOf([]), texts: 0 },
  { name: "one", json: objectOf(sets.slice(0, 1)), texts: 1 },
  { name: "several", json: objectOf(sets), texts: 3 },
  { name: "one that is null", json: objectOf([sets[0] as string, "null", sets[1] as string]), texts: 2 },
  { name: "numbers in their place", json: objectOf([sets[0] as string, "1"]), texts: 0 },
  { name: "no metadata", json: `{"spec":{"fieldsV1":{"f:a":{}}}}`, texts: 0 },
  { name: "the name elsewhere, too", json: objectOf(sets, `,"data":{"fieldsV1":{"f:a":{}}}`), texts: 0 },
  { name: "the name in a name", json: objectOf(sets, String.raw`,"data":{"\"fieldsV1":{"f:a":{}}}`), texts: 0 },
];

for (const { name, json, texts } of objects) {
  test(`an object without its owned fields: ${name}`, () => {
    const object = parseWithoutOwnedFields(Buffer.from(json));
    assert.deepEqual(filled(object), JSON.parse(json));
    const entries = (object.metadata?.managedFields ?? []) as readonly { fieldsV1?: unknown }[];
    assert.equal(entries.filter(({ fieldsV1 }) => fieldsV1 instanceof JsonText).length, texts);
  });
}

test("what is no JSON is refused as ever", () => {
  assert.throws(() => parseWithoutOwnedFields(Buffer.from('{"fieldsV1":{"a":1}')), { name: "JsonSyntaxError" });
});

const listed = [
  { name: "of every kind", json: '{"a":1,"b":"}","c":{"d":[{}]},"e":[],"f":null,"g":-1.5e3}', names: "abcefg" },
  { name: "the last a number", json: '{"a":1}', names: "a" },
  { name: "a name that is not ASCII", json: '{"ü":{}}', names: "ü" },
  { name: "a space before a text", json: '{"a": "b,c"}', names: undefined },
  { name: "a space before an object", json: '{"a": {}}', names: undefined },
  { name: "a space before a name", json: '{"a":1, "b":2}', names: undefined },
  { name: "something behind it", json: '{"a":1}{', names: undefined },
  { name: "no value", json: '{"a"}', names: undefined },
  { name: "a comma too many", json: '{"a":1,}', names: undefined },
  { name: "cut short in a number", json: '{"a":1', names: undefined },
];

for (const { name, json, names } of listed) {
  test(`members without parsing: ${name}`, () => {
    const members = membersOf(Buffer.from(json));
    assert.equal(members?.map((member) => member.name).join(""), names);
    const values = members?.map(({ start, end }) => JSON.parse(Buffer.from(json).toString("utf8", start, end)));
    if (names !== undefined) assert.deepEqual(values, Object.values(JSON.parse(json)));
  });
}
