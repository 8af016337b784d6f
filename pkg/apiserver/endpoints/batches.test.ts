import assert from "node:assert/strict";
import { test } from "node:test";
import type { WatchItem } from "#pkg/storage/types.ts";
import { Batches } from "./batches.ts";

test("a batch is found by who has the very same items and shows them alike", () => {
  const batches = new Batches();
  const bytes = Buffer.from("x");
  const items: readonly WatchItem[] = [{ kind: "bookmark", revision: 1, initial: false }];
  assert.equal(batches.find(items, "json"), undefined);
  batches.keep(items, "json", bytes);
  assert.equal(batches.find(items, "json"), bytes);
  assert.equal(batches.find(items, "protobuf"), undefined);
  assert.equal(batches.find([...items], "json"), undefined);
  batches.keep([...items], "json", Buffer.from("y"));
  assert.equal(batches.find(items, "json"), undefined, "only the last is kept");
});

test("a long batch is not held", () => {
  const batches = new Batches();
  const items = Array.from({ length: 65 }, (_, i): WatchItem => ({ kind: "bookmark", revision: i, initial: false }));
  batches.keep(items, "json", Buffer.from("x"));
  assert.equal(batches.find(items, "json"), undefined);
});
