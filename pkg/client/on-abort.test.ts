import assert from "node:assert/strict";
import { test } from "node:test";
import { onAbort } from "./on-abort.ts";

test("each listener is called once, in order, but for those taken away", () => {
  const stop = new AbortController();
  const heard: string[] = [];
  onAbort(stop.signal, () => heard.push("a"));
  const late = onAbort(stop.signal, () => heard.push("late"));
  onAbort(stop.signal, () => {
    heard.push("b");
    last[Symbol.dispose]();
  });
  const last = onAbort(stop.signal, () => heard.push("last"));
  late[Symbol.dispose]();
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
