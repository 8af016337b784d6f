import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolume } from "#api/types/core/v1";
import { lister, volume } from "../testing/storage.ts";
import { Assumptions } from "./assumptions.ts";
import { byClass, volumeIndexes } from "./storage.ts";

const labelled = (volume: PersistentVolume, mine: string): PersistentVolume => ({
  ...volume,
  metadata: { ...volume.metadata, labels: { mine } },
});

test("an assumption is seen until the watch knows better", () => {
  const watched = [volume("v")];
  const seen = new Assumptions(lister(watched, volumeIndexes));
  seen.assume(labelled(volume("v"), "yes"));
  const mine = () => seen.get("v")?.metadata.labels?.["mine"];
  assert.equal(mine(), "yes");
  assert.deepEqual(
    [...seen.byIndex(byClass, "delayed")].map(({ metadata }) => metadata.labels),
    [{ mine: "yes" }],
  );
  assert.deepEqual(seen.watched("v")?.metadata.labels, {});
  watched[0] = { ...volume("v"), metadata: { name: "v", resourceVersion: "2" } };
  assert.equal(mine(), undefined);
});

test("nothing is assumed about an older version", () => {
  const newer: PersistentVolume = { ...volume("v"), metadata: { name: "v", resourceVersion: "2" } };
  const seen = new Assumptions(lister([newer]));
  assert.throws(() => seen.assume(volume("v")), /^Error: "v" is out of sync \(stored: 2, assume: 1\)$/);
});

test("who takes back an assumption leaves that of another", () => {
  const seen = new Assumptions(lister([volume("v")]));
  const [first, second] = [labelled(volume("v"), "first"), labelled(volume("v"), "second")];
  seen.assume(first);
  seen.assume(second);
  seen.forget(first);
  assert.equal(seen.get("v"), second);
  seen.forget(second);
  assert.deepEqual(seen.get("v")?.metadata.labels, {});
});
