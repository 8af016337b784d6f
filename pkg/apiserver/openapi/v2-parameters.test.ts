/** Parameters that stand once; the name is the one that upstream's document has for the same parameter. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "./schemas.ts";
import { shareParameters } from "./v2-parameters.ts";

const options = { $ref: "#/definitions/io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions" };
const sent = { name: "body", in: "body", schema: options };
const own = { name: "body", in: "body", required: true, schema: { $ref: "#/definitions/io.k8s.api.core.v1.Pod" } };
const dryRun = { uniqueItems: true, type: "string", name: "dryRun", in: "query" };
const named = { uniqueItems: true, type: "string", name: "name", in: "path", required: true };
const pretty = { uniqueItems: true, type: "string", name: "pretty", in: "query" };

test("what speaks of one kind, and what clients look for, stays in its place", () => {
  const shared = new Map<string, Schema>();
  const paths = {
    "/a": { delete: { parameters: [sent, dryRun] }, post: { parameters: [own] }, parameters: [named, pretty] },
  };
  const { "/a": item } = shareParameters(paths, shared);
  const [[prettyName] = [], [bodyName] = []] = [...shared].toSorted(([a], [b]) => (a < b ? 1 : -1));
  assert.equal(bodyName, "body-2Y1dVQaQ");
  assert.deepEqual(item, {
    delete: { parameters: [{ $ref: "#/parameters/body-2Y1dVQaQ" }, dryRun] },
    post: { parameters: [own] },
    parameters: [named, { $ref: `#/parameters/${prettyName}` }],
  });
  assert.deepEqual(
    [...shared.values()].toSorted((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1)),
    [sent, pretty],
  );
});
