import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldSet } from "./field-set.ts";
import { capUpdaters, type Entry, makeEntry, type Operation, sortEntries } from "./managers.ts";

interface Who {
  readonly operation?: Operation;
  readonly second?: number;
  readonly apiVersion?: string;
  readonly subresource?: string;
}

const entry = (
  manager: string,
  { operation = "Update", second, apiVersion = "v1", subresource = "" }: Who = {},
): Entry =>
  makeEntry(
    { manager, operation, apiVersion, subresource },
    { "f:data": { [`f:${manager}`]: {} } } as unknown as FieldSet,
    second === undefined ? undefined : `2026-01-01T00:00:${String(second).padStart(2, "0")}Z`,
  );

const names = (entries: readonly Entry[]) => entries.map(({ manager }) => manager);

test("appliers come first, then the oldest", () => {
  const entries = [
    entry("late", { second: 9 }),
    entry("b", { second: 3 }),
    entry("a", { second: 3 }),
    entry("applier", { operation: "Apply", second: 30 }),
    entry("timeless"),
  ];
  assert.deepEqual(names(sortEntries(entries)), ["applier", "timeless", "a", "b", "late"]);
});

test("managers at the same second are ordered by version and subresource", () => {
  const entries = [
    entry("m", { apiVersion: "v2", second: 1 }),
    entry("m", { subresource: "status", second: 1 }),
    entry("m", { second: 1 }),
  ];
  const order = sortEntries(entries).map(({ apiVersion, subresource }) => [apiVersion, subresource ?? ""]);
  assert.deepEqual(order, [
    ["v1", ""],
    ["v1", "status"],
    ["v2", ""],
  ]);
});

test("ten updaters stay", () => {
  const ten = Array.from({ length: 10 }, (_, i) => entry(`m${i}`, { second: i }));
  assert.deepEqual(capUpdaters(ten), ten);
});

test("beyond ten the oldest of a version go together, appliers not counted", () => {
  const updaters = Array.from({ length: 12 }, (_, i) => entry(`m${i}`, { second: i }));
  const applier = entry("applier", { operation: "Apply", second: 1 });
  const capped = sortEntries(capUpdaters([...updaters, applier]));
  assert.equal(capped.length, 11);
  const ancient = capped.find(({ manager }) => manager === "ancient-changes");
  assert.deepEqual(ancient?.fieldsV1, { "f:data": { "f:m0": {}, "f:m1": {}, "f:m2": {} } });
  assert.equal(ancient?.time, "2026-01-01T00:00:02Z");
  assert.deepEqual(names(capped).slice(0, 3), ["applier", "ancient-changes", "m3"]);
});

test("versions are not mixed: too many managers that share none stay apart", () => {
  const updaters = Array.from({ length: 12 }, (_, i) => entry(`m${i}`, { apiVersion: `v${i}`, second: i }));
  assert.equal(capUpdaters(updaters).length, 12);
});
