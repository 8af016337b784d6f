import assert from "node:assert/strict";
import { test } from "node:test";
import { intValue, parsePercent, scaledValue } from "./index.ts";

const rows: [value: number | string, total: number, round: "up" | "down", want: number][] = [
  [3, 10, "up", 3],
  ["25%", 10, "up", 3],
  ["25%", 10, "down", 2],
  ["0%", 10, "up", 0],
  ["100%", 7, "down", 7],
  ["150%", 2, "down", 3],
  ["29%", 100, "up", 29],
];
for (const [value, total, round, want] of rows) {
  test(`${value} of ${total} rounded ${round} is ${want}`, () => assert.equal(scaledValue(value, total, round), want));
}

test("strings that are no percentage are refused", () => {
  assert.throws(() => scaledValue("3", 10, "up"), {
    message: "invalid value for IntOrString: invalid type: string is not a percentage",
  });
  assert.throws(() => scaledValue("x%", 10, "up"), {
    message: 'invalid value for IntOrString: invalid value "x%": strconv.Atoi: parsing "x": invalid syntax',
  });
});

test("percentages and ports", () => {
  assert.equal(parsePercent("10%"), 10);
  assert.equal(parsePercent("10"), undefined);
  assert.equal(parsePercent(10), undefined);
  assert.equal(intValue("80"), 80);
  assert.equal(intValue("http"), undefined);
});
