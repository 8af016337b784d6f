import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { Latest } from "./latest.ts";

const at = (resourceVersion: string, uid = "u"): KubeObject => ({ metadata: { uid, resourceVersion } });

test("our own write counts until the cache has reached it", () => {
  const cache = { resourceVersion: "9" };
  const latest = new Latest<KubeObject>(cache);
  latest.wrote(at("12"));
  assert.equal(latest.of(at("9")).metadata.resourceVersion, "12");
  assert.equal(latest.of(at("9", "other")).metadata.resourceVersion, "9");
  cache.resourceVersion = "11";
  assert.equal(latest.of(at("9")).metadata.resourceVersion, "12");
  cache.resourceVersion = "13";
  assert.equal(latest.of(at("9")).metadata.resourceVersion, "9");
  cache.resourceVersion = "9";
  assert.equal(latest.of(at("9")).metadata.resourceVersion, "9", "it is not remembered any longer");
});

test("a newer cached state counts, and what is forgotten does not", () => {
  const latest = new Latest<KubeObject>({ resourceVersion: "0" });
  latest.wrote(at("12"));
  assert.equal(latest.of(at("100")).metadata.resourceVersion, "100");
  latest.wrote(at("12"));
  latest.forget("u");
  assert.equal(latest.of(at("9")).metadata.resourceVersion, "9");
});
