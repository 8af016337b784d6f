import assert from "node:assert/strict";
import { test } from "node:test";
import { type Refused, refusal } from "./refusal.ts";

const resource = { groupResource: { group: "", resource: "pods" } } as Refused["resource"];

test("who is refused is named as well as one can", () => {
  const said = (name: string, metadata: object) =>
    refusal({ resource, name, object: { metadata } as never }, "no").message;
  assert.equal(said("a", {}), 'pods "a" is forbidden: no');
  assert.equal(said("", { name: "b" }), 'pods "b" is forbidden: no');
  assert.equal(said("", { generateName: "c-" }), 'pods "c-" is forbidden: no');
  assert.equal(said("", {}), 'pods "Unknown" is forbidden: no');
});
