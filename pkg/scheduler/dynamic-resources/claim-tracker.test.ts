import assert from "node:assert/strict";
import { test } from "node:test";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { cached } from "../testing/cached.ts";
import { claim, driver } from "../testing/devices.ts";
import { ClaimTracker } from "./claim-tracker.ts";

const id = (device: string) => `${driver}/n/${device}`;
const version = (one: ResourceClaim, resourceVersion: string): ResourceClaim => ({
  ...one,
  metadata: { ...one.metadata, resourceVersion },
});
const allocated = (name: string, device: string, adminAccess?: boolean) =>
  claim(name, undefined, {
    allocation: {
      devices: { results: [{ request: "r", driver, pool: "n", device, ...(adminAccess ? { adminAccess } : {}) }] },
    },
  });

function setUp(...claims: ResourceClaim[]) {
  const cache = cached("resourceclaims", claims);
  return { cache, tracker: new ClaimTracker(cache) };
}

test("devices of claims are taken, but for those that administrators look at", () => {
  const { tracker, cache } = setUp(allocated("c", "a"), allocated("d", "b", true));
  assert.deepEqual([tracker.isTaken(id("a")), tracker.isTaken(id("b"))], [true, false]);
  cache.put(version(claim("c"), "2"));
  assert.equal(tracker.isTaken(id("a")), false, "given back");
});

test("a decision takes devices until it is written or given up", () => {
  const { tracker, cache } = setUp(claim("c"));
  tracker.setPending("uid-c", [id("a")]);
  assert.deepEqual([tracker.isPending("uid-c"), tracker.isTaken(id("a"))], [true, true]);
  tracker.assume(version(allocated("c", "a"), "2"));
  assert.equal(tracker.removePending("uid-c"), true);
  assert.equal(tracker.removePending("uid-c"), false);
  assert.equal(tracker.isTaken(id("a")), true, "it is written");
  cache.put(version(allocated("c", "a"), "2"));
  assert.equal(tracker.isTaken(id("a")), true, "the watch shows it");
  cache.remove(allocated("c", "a"));
  assert.equal(tracker.isTaken(id("a")), false);
});

test("what was written is seen until the watch has overtaken it", () => {
  const { tracker, cache } = setUp(claim("c"));
  tracker.assume(version(allocated("c", "a"), "3"));
  cache.put(version(claim("c"), "2"));
  assert.equal(tracker.get("default/c")?.metadata.resourceVersion, "3");
  cache.put(version(claim("c"), "4"));
  assert.equal(tracker.get("default/c")?.metadata.resourceVersion, "4");
  assert.equal(tracker.isTaken(id("a")), false);
  tracker.assume(version(allocated("c", "a"), "3"));
  assert.equal(tracker.get("default/c")?.metadata.resourceVersion, "4", "too late");
  tracker.assume(version(allocated("c", "a"), "5"));
  tracker.restore("default/c");
  assert.equal(tracker.get("default/c")?.metadata.resourceVersion, "4");
});

test("a claim of the same name that came later is another one", () => {
  const { tracker } = setUp(claim("c"));
  const other = allocated("c", "a");
  tracker.assume({ ...other, metadata: { ...other.metadata, uid: "before", resourceVersion: "9" } });
  assert.equal(tracker.isTaken(id("a")), false);
});
