import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Queue } from "./queue.ts";

test("a queue gives back what it got, in order, whatever comes and goes between", () => {
  const queue = new Queue<number>();
  const model: number[] = [];
  let next = 0;
  for (let step = 0; step < 2_000; step++) {
    // Three come for two that leave, then the other way round.
    if (step % 5 < (step < 1_000 ? 3 : 2)) {
      queue.push(next);
      model.push(next++);
    } else assert.equal(queue.shift(), model.shift());
    assert.equal(queue.length, model.length);
    assert.deepEqual([queue.at(-1), queue.at(0), queue.at(model.length)], [undefined, model[0], undefined]);
    assert.deepEqual(queue.slice(1), model.slice(1));
  }
});

test("an empty queue stays empty", () => {
  const queue = new Queue<string>();
  assert.equal(queue.shift(), undefined);
  queue.push("a");
  assert.equal(queue.shift(), "a");
  assert.equal(queue.shift(), undefined);
  assert.equal(queue.length, 0);
});

test("what left is not held", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const queue = new Queue<object>();
  const [first, second] = [new WeakRef(pushObject(queue)), new WeakRef(pushObject(queue))];
  queue.shift();
  // What a WeakRef was made of lives to the end of the turn.
  await setImmediate();
  collect();
  assert.equal(first.deref(), undefined);
  assert.notEqual(second.deref(), undefined);
  assert.equal(queue.length, 1);
});

function pushObject(queue: Queue<object>): object {
  const object = {};
  queue.push(object);
  return object;
}
