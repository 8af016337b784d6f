import assert from "node:assert/strict";
import { test } from "node:test";
import { bodyTypeOf } from "./body-type.ts";

for (const { type, is } of [
  { type: undefined, is: "json" },
  { type: "", is: "json" },
  { type: "Application/JSON", is: "json" },
  { type: "application/json;", is: "json" },
  { type: 'application/yaml; charset=utf-8; x="a;\\"b"', is: "yaml" },
  { type: "application/vnd.kubernetes.protobuf", is: "protobuf" },
]) {
  test(`read: ${type}`, () => assert.equal(bodyTypeOf(type), is));
}

for (const type of [
  "text/plain",
  "*/*",
  "application/json;=",
  "application/json; charset",
  "application/json; a=1; a=2",
  "application/json,application/yaml",
]) {
  test(`refused: ${type}`, () => assert.throws(() => bodyTypeOf(type), { code: 415 }));
}
