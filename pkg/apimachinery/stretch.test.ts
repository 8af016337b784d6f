import assert from "node:assert/strict";
import { test } from "node:test";
import { Stretch } from "./stretch.ts";

function work(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

test("a stretch is over when its time is, and begins again after others had their turn", async () => {
  const stretch = new Stretch(20);
  assert.equal(stretch.isOver, false);
  work(20);
  assert.equal(stretch.isOver, true);
  let turns = 0;
  setImmediate(() => turns++);
  await stretch.giveWay();
  assert.deepEqual([stretch.isOver, turns], [false, 1]);
});

/** Long work that writes down in which turn of the event loop it went on. */
async function inStretches(name: string, went: string[], turn: () => number): Promise<void> {
  const stretch = new Stretch(0);
  for (let round = 0; round < 3; round++) {
    await stretch.giveWay();
    went.push(`${name} in ${turn()}`);
  }
}

test("one piece of work goes on in each turn, in the order in which they gave way", async () => {
  let turn = 0;
  let counting = true;
  const count = (): void => {
    turn++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const went: string[] = [];
  await Promise.all(["a", "b", "c"].map((name) => inStretches(name, went, () => turn)));
  counting = false;
  assert.deepEqual(
    went,
    ["a", "b", "c", "a", "b", "c", "a", "b", "c"].map((name, at) => `${name} in ${at + 1}`),
  );
});
