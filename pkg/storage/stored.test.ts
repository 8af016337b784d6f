import assert from "node:assert/strict";
import { test } from "node:test";
import { type CachedObject, cacheObject, ownObject } from "./stored.ts";
import type { StoreSpec } from "./types.ts";

const spec: Pick<StoreSpec, "indexed" | "fieldsOf"> = {
  indexed: [],
  fieldsOf: ({ metadata }) => ({ "metadata.name": metadata.name ?? "" }),
};

const objectOf = (labels: string): CachedObject =>
  cacheObject(
    { key: "/registry/pods/a/b", value: Buffer.from(`{"metadata":{"name":"b","labels":${labels}}}`), revision: 7 },
    spec as StoreSpec,
  );

test("labels hold what the object says and inherit nothing", () => {
  const { labels } = objectOf('{"a":"1","__proto__":"x"}');
  assert.deepEqual(Object.entries(labels), [
    ["a", "1"],
    ["__proto__", "x"],
  ]);
  for (const name of ["__proto__", "constructor", "toString"]) {
    assert.equal(objectOf('{"a":"1"}').labels[name], undefined);
    assert.equal(objectOf("{}").labels[name], undefined);
  }
});

test("fields are those that the resource names", () => {
  assert.deepEqual({ ...objectOf("{}").fields }, { "metadata.name": "b" });
  assert.equal(objectOf("{}").fields["constructor"], undefined);
});

test("fields that the writer knows are not read again", () => {
  const { fields } = objectOf("{}");
  const json = Buffer.from('{"metadata":{"name":"b","labels":{"a":"1"}}}');
  const object = JSON.parse(json.toString());
  const unasked = { ...(spec as StoreSpec), fieldsOf: () => assert.fail("asked") };
  const written = ownObject("/registry/pods/a/b", 8, { json, object, fields }, unasked);
  assert.equal(written.fields, fields);
  assert.deepEqual({ ...written.labels }, { a: "1" });
  assert.deepEqual(
    { ...ownObject("/registry/pods/a/b", 8, { json, object }, spec as StoreSpec).fields },
    { ...fields },
  );
});
