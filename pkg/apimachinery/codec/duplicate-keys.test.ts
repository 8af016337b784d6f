import assert from "node:assert/strict";
import { test } from "node:test";
import { duplicateKeysOf } from "./index.ts";

for (const { name, body, found } of [
  { name: "YAML with each key once", body: "a: 1\nb:\n  a: 2\n", found: [] },
  {
    name: "YAML with a key twice",
    body: "\na: 1\nb:\n  c: 1\n  c: 2\na: 3\n",
    found: ['line 6: key "a" already set in map', 'line 5: key "c" already set in map'],
  },
  { name: "JSON with each key once", body: '{"a":1,"b":{"a":[{"a":1},{"a":2}]}}', found: [] },
  { name: "JSON with a key twice", body: '{"a":1,"b":{"c":1,\n"c":2}}', found: ['line 2: key "c" already set in map'] },
  {
    name: "JSON with a key of the prototype twice",
    body: '{"__proto__":1,"__proto__":2}',
    found: ['line 1: key "__proto__" already set in map'],
  },
  { name: "JSON with a number that is not exact", body: '{"a":9007199254740993,"b":1}', found: [] },
  { name: "flow style that is no JSON", body: "{a: 1, a: 2}", found: ['line 1: key "a" already set in map'] },
]) {
  test(name, () => assert.deepEqual([...duplicateKeysOf(Buffer.from(body))].sort(), [...found].sort()));
}
