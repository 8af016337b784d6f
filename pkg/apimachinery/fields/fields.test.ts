import assert from "node:assert/strict";
import { test } from "node:test";
import { parseFieldSelector as parse } from "./index.ts";

const canonical: [text: string, canonical: string][] = [
  ["", ""],
  ["a=b", "a=b"],
  ["a==b", "a=b"],
  ["a!=b", "a!=b"],
  ["a=b,c!=d", "a=b,c!=d"],
  ["a\\,b=c", "a\\,b=c"],
  ["a=b\\,c", "a=b\\,c"],
  ["a=b\\=c", "a=b\\=c"],
  ["a=b\\\\c", "a=b\\\\c"],
  ["a=,b=c", "a=,b=c"],
  ["a=b,", "a=b"],
  [",a=b", "a=b"],
  ["a=!b", "a=!b"],
  ["metadata.name=foo,metadata.namespace!=bar", "metadata.name=foo,metadata.namespace!=bar"],
  [" a = b ", " a = b "],
  ["z=1,a=2", "a=2,z=1"],
  ["=b", "=b"],
  ["a=b\\,", "a=b\\,"],
];
for (const [text, want] of canonical) {
  test(`${JSON.stringify(text)} is written ${want}`, () => assert.equal(parse(text).toString(), want));
}

/** The answers of upstream's parser. */
const refused: [text: string, message: string][] = [
  ["a", "invalid selector: 'a'; can't understand 'a'"],
  ["a=b=c", "invalid field selector: unescaped character in value: 61"],
  ["a=b\\x", "invalid field selector: invalid escape sequence: \\x"],
  ["a!b", "invalid selector: 'a!b'; can't understand 'a!b'"],
  ["a=b\\", "invalid field selector: invalid escape sequence: \\"],
  ["a!=b=c", "invalid field selector: unescaped character in value: 61"],
  ["a==b!=c", "invalid field selector: unescaped character in value: 61"],
];
for (const [text, message] of refused) {
  test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => parse(text), { message }));
}

test("fields match by value, absent ones as empty", () => {
  const selector = parse("metadata.name=a,spec.nodeName!=n");
  assert.equal(selector.matches({ "metadata.name": "a" }), true);
  assert.equal(selector.matches({ "metadata.name": "a", "spec.nodeName": "n" }), false);
  assert.equal(parse("spec.nodeName=").matches({}), true);
  assert.equal(parse("constructor=").matches({}), true);
});

test("exact values are there for indexes", () => {
  assert.deepEqual({ ...parse("spec.nodeName=n,status.phase!=Failed").exact }, { "spec.nodeName": "n" });
});
