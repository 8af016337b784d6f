import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { untilDone } from "./until-done.ts";

const slept: number[] = [];
const clock = {
  sleep: (ms: number) => {
    slept.push(ms);
    return Promise.resolve();
  },
} as unknown as Clock;
const log = createLogger("test");
log.level = "silent";

test("it is tried until it succeeds, and no longer than the server runs", async () => {
  let attempts = 0;
  const stop = new AbortController();
  const options = { clock, log, signal: stop.signal, what: "it was not done" };
  await untilDone(async () => {
    attempts++;
    if (attempts < 3) throw new Error("not yet");
  }, options);
  assert.equal(attempts, 3);
  assert.deepEqual(slept, [1000, 1000]);
  await untilDone(async () => {
    attempts++;
    if (attempts === 5) stop.abort();
    throw new Error("never");
  }, options);
  assert.equal(attempts, 5);
});
