import assert from "node:assert/strict";
import { test } from "node:test";
import { nodeAnnotations } from "./annotations.ts";

const taints = "scheduler.alpha.kubernetes.io/taints";
const avoided = "scheduler.alpha.kubernetes.io/preferAvoidPods";

const entry = (text: string) => `{"preferAvoidPods":[${text}]}`;

const rows: readonly [name: string, key: string, text: string, field: string, says: RegExp][] = [
  ["taints that are no JSON", taints, "x", "a", /: invalid character 'x' looking for beginning of value$/],
  [
    "taints that are no list",
    taints,
    "{}",
    "a",
    /: json: cannot unmarshal object into Go value of type \[\]core\.Taint$/,
  ],
  ["a taint that is none", taints, "[1]", "a", /into Go value of type core\.Taint$/],
  ["a key that is no text", taints, '[{"key":1}]', "a", /number into Go struct field Taint\.Key of type string$/],
  ["a time that is none", taints, '[{"timeAdded":"x"}]', "a", /: parsing time "x" as/],
  [
    "a taint twice, whatever the case of its fields",
    taints,
    '[{"key":"a","effect":"NoSchedule"},{"KEY":"a","Effect":"NoSchedule"}]',
    `a.${taints}[1]`,
    /unique by key and effect pair$/,
  ],
  ["pods that end early", avoided, "{", "a.AvoidPods", /: unexpected end of JSON input$/],
  [
    "pods that are no list",
    avoided,
    '{"preferAvoidPods":{}}',
    "a.AvoidPods",
    /field AvoidPods\.preferAvoidPods of type/,
  ],
  [
    "a reason that is no text",
    avoided,
    entry('{"reason":1}'),
    "a.AvoidPods",
    /\.preferAvoidPods\.reason of type string$/,
  ],
  ["nobody to avoid", avoided, entry("null"), `a.${avoided}[0].PodSignature`, /^Required value$/],
  [
    "an owner that controls nothing",
    avoided,
    entry('{"podSignature":{"podController":{"kind":"RC"}}}'),
    `a.${avoided}[0].PodSignature.PodController.Controller`,
    /false: must point to a controller$/,
  ],
];
for (const [name, key, text, field, says] of rows) {
  test(`annotations of a Node: ${name}`, () => {
    const [first, ...more] = nodeAnnotations("a", { [key]: text });
    assert.deepEqual([first?.field, more.length], [field, 0]);
    assert.match(first?.detail ?? "", says);
  });
}

test("annotations of a Node that keep the rules", () => {
  const owner = '{"podSignature":{"podController":{"controller":true}}}';
  for (const text of ["", "null", "{}", entry(owner)])
    assert.deepEqual([...nodeAnnotations("a", { [avoided]: text })], []);
  const taint = '[{"key":"a","effect":"NoSchedule","other":1}]';
  for (const text of ["", "null", "[]", taint]) assert.deepEqual([...nodeAnnotations("a", { [taints]: text })], []);
  assert.deepEqual([...nodeAnnotations("a", undefined)], []);
});
