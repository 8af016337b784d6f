import assert from "node:assert/strict";
import { test } from "node:test";
import { isMissed, type RowPlan, rowsOf, tableOf } from "./row.ts";

const plans: readonly RowPlan[] = [
  { figure: "lag_ms", what: "lag", unit: "ms", target: 500 },
  { figure: "size_mb", what: "size", unit: "MB" },
];

const titled = (ours: Record<string, number>, upstream?: Record<string, number>): string =>
  tableOf([{ title: "watches", about: "today", rows: rowsOf(plans, { ours, upstream }) }]);

test("a table says whether a target is met, and what upstream needs", () => {
  assert.equal(
    titled({ lag_ms: 250, size_mb: 0.5 }, { lag_ms: 1000, size_mb: 0 }),
    [
      "| | target | ours | | upstream | ours ÷ upstream |",
      "|---|---|---|---|---|---|",
      "| **watches**: today | | | | | |",
      "| lag, ms | ≤ 500 | 250 | met | 1,000 | 0.25 |",
      "| size, MB |  | 0.5 |  | 0 |  |",
    ].join("\n"),
  );
});

test("a target is missed by what is above it", () => {
  const missed = (lag_ms: number): boolean[] => rowsOf(plans, { ours: { lag_ms, size_mb: 1 } }).map(isMissed);
  assert.deepEqual(missed(500), [false, false]);
  assert.deepEqual(missed(500.1), [true, false]);
});

test("what was not measured is no figure", () => {
  assert.throws(() => titled({ lag_ms: 1 }), /size_mb was not measured/);
  assert.throws(() => titled({ lag_ms: 1, size_mb: Number.NaN }), /size_mb was not measured/);
  assert.throws(() => titled({ lag_ms: 1, size_mb: 1 }, { lag_ms: 1 }), /size_mb was not measured/);
});

test("what upstream cannot be asked for stands alone", () => {
  const [row] = rowsOf([{ ...(plans[0] as RowPlan), oursOnly: true }], { ours: { lag_ms: 1 }, upstream: {} });
  assert.equal(row?.upstream, undefined);
});
