import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeObject, encodeObject } from "./codec/index.ts";
import { asSent, shallowCopy } from "./emptied.ts";
import { cloneJson, sameJson } from "./json.ts";

const decode = (json: string) =>
  decodeObject(Buffer.from(json), {
    group: "",
    version: "v1",
    kind: "Pod",
    type: "core/v1.Pod",
    fieldValidation: "Strict",
    mediaType: "application/json",
  }).object as unknown as { spec: object };

test("what was sent empty is remembered, and not kept", () => {
  const { spec } = decode('{"kind":"Pod","apiVersion":"v1","spec":{"volumes":[],"nodeSelector":{},"containers":[]}}');
  const absent = decode('{"kind":"Pod","apiVersion":"v1","spec":{"containers":[]}}').spec;
  assert.deepEqual(
    [asSent(spec, "volumes"), asSent(spec, "nodeSelector"), asSent(spec, "tolerations")],
    [[], {}, null],
  );
  assert.deepEqual([Object.hasOwn(spec, "volumes"), sameJson(spec, absent)], [false, true]);
  assert.equal(JSON.stringify(spec), JSON.stringify(absent));
  assert.equal(encodeObject(spec as never).toString(), encodeObject(absent as never).toString());
});

test("copies remember it too, and each for itself", () => {
  const { spec } = decode('{"kind":"Pod","apiVersion":"v1","spec":{"volumes":[],"containers":[]}}');
  for (const copy of [cloneJson(spec), shallowCopy(spec)]) {
    assert.deepEqual(asSent(copy, "volumes"), []);
    (copy as { volumes?: unknown[] }).volumes = [1];
    assert.deepEqual([asSent(copy, "volumes"), asSent(spec, "volumes")], [[1], []]);
  }
  assert.equal(asSent({}, "__proto__"), null);
});
