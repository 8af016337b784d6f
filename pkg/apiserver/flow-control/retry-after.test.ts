import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryAfter } from "./retry-after.ts";

function refuse(retry: RetryAfter, perSecond: number, from: number, to: number): void {
  for (let second = from; second < to; second++) {
    for (let i = 0; i < perSecond; i++) retry.refused(second * 1000 + i);
  }
}

test("while many are refused all are asked to wait longer, up to a bound", () => {
  const retry = new RetryAfter();
  assert.equal(retry.seconds, 1);
  refuse(retry, 2, 100, 110);
  assert.equal(retry.seconds, 1, "few are no reason");
  refuse(retry, 10, 110, 113);
  assert(retry.seconds >= 2, String(retry.seconds));
  refuse(retry, 200, 113, 300);
  assert.equal(retry.seconds, 32);
});

test("it ends when there are fewer", () => {
  const retry = new RetryAfter();
  refuse(retry, 200, 100, 200);
  assert.equal(retry.seconds, 32);
  for (let second = 300; second < 3000; second += 60) retry.refused(second * 1000);
  assert.equal(retry.seconds, 1);
});
