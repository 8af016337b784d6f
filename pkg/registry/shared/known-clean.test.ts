import assert from "node:assert/strict";
import { test } from "node:test";
import { KnownClean } from "./known-clean.ts";

test("a text without findings is looked at once", () => {
  const known = new KnownClean();
  let looks = 0;
  const look = () => {
    looks += 1;
    return [];
  };
  assert.deepEqual(known.findings("a", look), []);
  assert.deepEqual(known.findings("a", look), []);
  assert.equal(looks, 1);
  assert.deepEqual(known.findings("b", look), []);
  assert.equal(looks, 2);
});

test("a text with findings is looked at each time", () => {
  const known = new KnownClean();
  const findings = ["first", "second", "third"];
  assert.deepEqual(
    known.findings("a", () => [findings[0]]),
    ["first"],
  );
  assert.deepEqual(
    known.findings("a", () => [findings[1]]),
    ["second"],
  );
});

test("what is remembered is bounded", () => {
  const known = new KnownClean();
  let looks = 0;
  const look = () => {
    looks += 1;
    return [];
  };
  const long = "x".repeat(100_000);
  known.findings(long, look);
  known.findings(long, look);
  assert.equal(looks, 2, "a long text is not kept");
  for (let i = 0; i < 50; i++) known.findings(`${i}${"x".repeat(50_000)}`, look);
  looks = 0;
  known.findings(`0${"x".repeat(50_000)}`, look);
  assert.equal(looks, 1, "the first made room for the last");
});
