import assert from "node:assert/strict";
import { test } from "node:test";
import { fillBytes, immutableDataErrors } from "./object-data.ts";

test("a key without bytes has none of them", () => {
  const data = JSON.parse('{"a":null,"b":"eA==","__proto__":null}') as Record<string, string | null>;
  fillBytes(data);
  assert.equal(JSON.stringify(data), '{"a":"","b":"eA==","__proto__":""}');
  fillBytes(undefined);
});

test("immutable data stays, and stays immutable", () => {
  const old = { immutable: true, data: { a: "1" } };
  const texts = (next: object) => immutableDataErrors(next, old, ["data"]).map(({ field }) => field);
  assert.deepEqual(texts(old), []);
  assert.deepEqual(texts({ data: { a: "2" } }), ["immutable", "data"]);
  assert.deepEqual(immutableDataErrors({ data: {} }, { data: { a: "1" } }, ["data"]), []);
});
