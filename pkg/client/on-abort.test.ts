import assert from "node:assert/strict";
import { test } from "node:test";
import { offAbort, onAbort } from "./on-abort.ts";

test("each listener is called once, in order, but for those taken away", () => {
  const stop = new AbortController();
  const heard: string[] = [];
  const late = () => heard.push("late");
  onAbort(stop.signal, () => heard.push("a"));
  onAbort(stop.signal, late);
  onAbort(stop.signal, () => {
    heard.push("b");
    offAbort(stop.signal, last);
  });
  const last = () => heard.push("last");
  onAbort(stop.signal, last);
  offAbort(stop.signal, late);
  stop.abort();
  stop.abort();
  assert.deepEqual(heard, ["a", "b"]);
});

test("another signal's listeners are its own", () => {
  const [one, other] = [new AbortController(), new AbortController()];
  const heard: string[] = [];
  onAbort(one.signal, () => heard.push("one"));
  onAbort(other.signal, () => heard.push("other"));
  other.abort();
  assert.deepEqual(heard, ["other"]);
});
