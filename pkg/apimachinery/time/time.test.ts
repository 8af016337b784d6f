import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalTime, formatDuration, formatMicroTime, formatTime, parseDuration, parseTime } from "./index.ts";

const seconds: [text: string, canonical: string | null][] = [
  ["2026-11-21T00:31:35Z", "2026-11-21T00:31:35Z"],
  ["2026-11-21T02:31:35+02:00", "2026-11-21T00:31:35Z"],
  ["2026-11-21T00:31:35.123456789Z", "2026-11-21T00:31:35Z"],
  ["2024-02-29T5:00:00Z", "2024-02-29T05:00:00Z"],
  ["0001-01-01T00:00:00Z", null],
  ["0050-01-01T00:00:00Z", "0050-01-01T00:00:00Z"],
];
for (const [text, want] of seconds) test(`${text} is ${want}`, () => assert.equal(canonicalTime(text), want));

test("micro times keep six digits", () => {
  assert.equal(canonicalTime("2026-11-21T00:31:35.120000+01:00", "micro"), "2026-11-20T23:31:35.120000Z");
});

const layout = "2006-01-02T15:04:05Z07:00";
const refused: [text: string, precision: "second" | "micro", message: string][] = [
  ["x", "second", `parsing time "x" as "${layout}": cannot parse "x" as "2006"`],
  ["", "second", `parsing time "" as "${layout}": cannot parse "" as "2006"`],
  ["2026-13-01T00:00:00Z", "second", 'parsing time "2026-13-01T00:00:00Z": month out of range'],
  ["2026-02-29T00:00:00Z", "second", 'parsing time "2026-02-29T00:00:00Z": day out of range'],
  ["2026-02-01T24:00:00Z", "second", 'parsing time "2026-02-01T24:00:00Z": hour out of range'],
  ["2026-02-01", "second", `parsing time "2026-02-01" as "${layout}": cannot parse "" as "T"`],
  ["2026-02-01T00:00:00", "second", `parsing time "2026-02-01T00:00:00" as "${layout}": cannot parse "" as "Z07:00"`],
  ["2026-02-01T00:00:00Zx", "second", 'parsing time "2026-02-01T00:00:00Zx": extra text: "x"'],
  [
    "2026-02-01T00:00:00Z",
    "micro",
    'parsing time "2026-02-01T00:00:00Z" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "Z" as ".000000"',
  ],
];
for (const [text, precision, message] of refused) {
  test(`${JSON.stringify(text)} is refused`, () => assert.throws(() => canonicalTime(text, precision), { message }));
}

test("dates are written and read", () => {
  const date = new Date("2026-11-21T00:31:35.250Z");
  assert.equal(formatTime(date), "2026-11-21T00:31:35Z");
  assert.equal(formatMicroTime(date), "2026-11-21T00:31:35.250000Z");
  assert.equal(parseTime("2026-11-21T00:31:35.250000Z"), date.getTime());
});

const durations: [text: string, ms: number, canonical: string][] = [
  ["1m0s", 60_000, "1m0s"],
  ["90s", 90_000, "1m30s"],
  ["1h", 3_600_000, "1h0m0s"],
  ["1.5s", 1500, "1.5s"],
  ["250ms", 250, "250ms"],
  ["-2h45m0.5s", -9_900_500, "-2h45m0.5s"],
  ["0", 0, "0s"],
  ["10us", 0.01, "10µs"],
  ["24h0m0s", 86_400_000, "24h0m0s"],
];
for (const [text, ms, canonical] of durations) {
  test(`the duration ${text} is ${canonical}`, () => {
    assert.equal(parseDuration(text), ms);
    assert.equal(formatDuration(ms), canonical);
  });
}

test("durations that are refused", () => {
  assert.throws(() => parseDuration(""), { message: 'time: invalid duration ""' });
  assert.throws(() => parseDuration("5"), { message: 'time: missing unit in duration "5"' });
  assert.throws(() => parseDuration("5d"), { message: 'time: unknown unit "d" in duration "5d"' });
  assert.throws(() => parseDuration("s"), { message: 'time: invalid duration "s"' });
});
