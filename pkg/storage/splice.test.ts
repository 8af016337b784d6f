import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { spliceResourceVersion } from "./splice.ts";

const rows: { name: string; json: string; expected: string }[] = [
  {
    name: "our own order",
    json: '{"apiVersion":"v1","metadata":{"name":"a"}}',
    expected: '{"apiVersion":"v1","metadata":{"resourceVersion":"7","name":"a"}}',
  },
  {
    name: "behind uid, where the API's order has it",
    json: '{"kind":"A","metadata":{"name":"a","generateName":"a-","namespace":"n","uid":"u","generation":1}}',
    expected:
      '{"kind":"A","metadata":{"name":"a","generateName":"a-","namespace":"n","uid":"u","resourceVersion":"7","generation":1}}',
  },
  {
    name: "behind a uid that comes last",
    json: '{"metadata":{"name":"a","uid":"u"}}',
    expected: '{"metadata":{"name":"a","uid":"u","resourceVersion":"7"}}',
  },
  {
    name: "a uid of something else is not metadata's",
    json: '{"metadata":{"name":"a","ownerReferences":[{"uid":"u"}]}}',
    expected: '{"metadata":{"resourceVersion":"7","name":"a","ownerReferences":[{"uid":"u"}]}}',
  },
  {
    name: "an old version behind uid is replaced",
    json: '{"metadata":{"name":"a","uid":"u","resourceVersion":"5","generation":1}}',
    expected: '{"metadata":{"name":"a","uid":"u","resourceVersion":"7","generation":1}}',
  },
  { name: "empty metadata", json: '{"metadata":{}}', expected: '{"metadata":{"resourceVersion":"7"}}' },
  { name: "empty metadata with space", json: '{"metadata":{ } }', expected: '{"metadata":{"resourceVersion":"7" } }' },
  { name: "no metadata", json: '{"kind":"A"}', expected: '{"metadata":{"resourceVersion":"7"},"kind":"A"}' },
  { name: "nothing at all", json: " { } ", expected: ' {"metadata":{"resourceVersion":"7"} } ' },
  { name: "null metadata", json: '{"metadata":null,"a":1}', expected: '{"metadata":{"resourceVersion":"7"},"a":1}' },
  {
    name: "metadata last, behind nested look-alikes",
    json: '{"spec":{"metadata":{"x":"}\\""},"l":[{"metadata":1}]},"n":-1.5e3,"t":true,"metadata":{"name":"a"}}',
    expected:
      '{"spec":{"metadata":{"x":"}\\""},"l":[{"metadata":1}]},"n":-1.5e3,"t":true,"metadata":{"resourceVersion":"7","name":"a"}}',
  },
  {
    name: "an old version is replaced",
    json: '{"metadata":{"name":"a","resourceVersion":"123","uid":"u"}}',
    expected: '{"metadata":{"name":"a","resourceVersion":"7","uid":"u"}}',
  },
  {
    name: "an empty old version is replaced",
    json: '{"metadata" : { "resourceVersion" : "" } }',
    expected: '{"metadata" : { "resourceVersion":"7" } }',
  },
  {
    name: "a version of something else stays",
    json: '{"metadata":{"name":"a"},"involvedObject":{"resourceVersion":"5"}}',
    expected: '{"metadata":{"resourceVersion":"7","name":"a"},"involvedObject":{"resourceVersion":"5"}}',
  },
  {
    name: "a label with the name stays",
    json: '{"metadata":{"labels":{"resourceVersion":"5"},"name":"a"}}',
    expected: '{"metadata":{"resourceVersion":"7","labels":{"resourceVersion":"5"},"name":"a"}}',
  },
  {
    name: "escaped names",
    json: '{"\\u006detadata":{"name":"a","resource\\u0056ersion":"5"}}',
    expected: '{"\\u006detadata":{"name":"a","resourceVersion":"7"}}',
  },
  {
    name: "strings that end in backslashes",
    json: '{"a":"\\\\","b":"\\\\\\"","metadata":{"name":"a"}}',
    expected: '{"a":"\\\\","b":"\\\\\\"","metadata":{"resourceVersion":"7","name":"a"}}',
  },
  {
    name: "space and lines",
    json: '\n{\n  "kind" : "A",\r\n\t"metadata" : {\n "name" : "ä" }\n}\n',
    expected: '\n{\n  "kind" : "A",\r\n\t"metadata" : {"resourceVersion":"7",\n "name" : "ä" }\n}\n',
  },
];

for (const { name, json, expected } of rows) {
  test(`splice: ${name}`, () => {
    const result = spliceResourceVersion(Buffer.from(json), 7);
    assert.equal(result.toString(), expected);
    const parsed = JSON.parse(result.toString());
    assert.equal(parsed.metadata.resourceVersion, "7");
    assert.equal(result.buffer.byteLength, result.length, "memory of exactly its size");
  });
}

for (const json of ["", "null", "[]", '"a"', "k8s\0\n\x04", '{"a":', '{"a', '{"a" 1}']) {
  test(`splice: ${JSON.stringify(json)} is no object`, () => {
    assert.throws(() => spliceResourceVersion(Buffer.from(json), 7), SyntaxError);
  });
}

test("what was spliced is not held until the old generation is looked through", () => {
  setFlagsFromString("--expose-gc");
  const gc: (options?: { type: "minor" }) => void = runInNewContext("gc");
  const fill = "x".repeat(100_000);
  gc();
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 30; round++) {
    for (let i = 0; i < 20; i++) {
      const json = Buffer.from(`{"metadata":{"name":"a","uid":"u${i}"},"data":{"a":"${fill}"}}`);
      assert.equal(spliceResourceVersion(json, i + 1).length, json.length + `,"resourceVersion":"${i + 1}"`.length);
    }
    gc({ type: "minor" });
  }
  gc({ type: "minor" });
  gc({ type: "minor" });
  const kept = process.memoryUsage().arrayBuffers - before;
  assert.ok(kept < 100 * fill.length, `${kept} bytes of ${30 * 20 * 2 * fill.length} are still there`);
});
