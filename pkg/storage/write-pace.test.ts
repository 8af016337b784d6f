import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { WritePace } from "./write-pace.ts";

/** Deadlines that pass when the test says so. */
class Deadlines {
  #waiting: (() => void)[] = [];

  after(_ms: number, callback: () => void): Disposable {
    this.#waiting.push(callback);
    return { [Symbol.dispose]: () => {} };
  }

  pass(): number {
    const passed = this.#waiting.splice(0);
    for (const callback of passed) callback();
    return passed.length;
  }
}

function paceOf(watches: number) {
  const clock = new Deadlines();
  let under = 0;
  let most = 0;
  const pace = new WritePace({ watchers: { size: watches }, revisions: { delivered: () => turn() }, clock });
  const write = () =>
    pace.run(async () => {
      under += 1;
      most = Math.max(most, under);
      await turn();
      under -= 1;
      return { revision: 1 };
    });
  return {
    clock,
    write,
    /** Writes that were under way at once since the last look. */
    takeMost: () => {
      const was = most;
      most = under;
      return was;
    },
  };
}

const manyTurns = async (): Promise<void> => {
  for (let i = 0; i < 20; i++) await turn();
};

test("writers that write again are let in as others are done", async () => {
  const { clock, write, takeMost } = paceOf(100);
  let done = 0;
  const writer = async (): Promise<void> => {
    for (let i = 0; i < 50; i++) {
      await write();
      done += 1;
    }
  };
  const all = Promise.all(Array.from({ length: 32 }, writer));
  await manyTurns();
  takeMost();
  const before = done;
  await manyTurns();
  assert.ok(done > before, "they go on without a deadline");
  assert.ok(takeMost() <= 12, "no more than twelve at once");
  // At the end nobody writes again for whom the last could wait.
  for (let i = 0; i < 5_000 && done < 1_600; i++) {
    clock.pass();
    await turn();
  }
  await all;
});

test("writers that write no more hold the others up for no longer than a deadline", async () => {
  const { clock, write } = paceOf(100);
  let done = 0;
  const all = Promise.all(Array.from({ length: 32 }, () => write().then(() => (done += 1))));
  await manyTurns();
  assert.equal(done, 12);
  assert.equal(clock.pass(), 1);
  await manyTurns();
  assert.equal(done, 24);
  clock.pass();
  await manyTurns();
  // The last are few, and wait for nothing but their turn.
  clock.pass();
  await all;
  assert.equal(done, 32);
});

test("without many watches, or many writes, nobody waits", async () => {
  for (const [watches, writes] of [
    [15, 32],
    [100, 7],
  ] as const) {
    const { clock, write } = paceOf(watches);
    await Promise.all(Array.from({ length: writes }, write));
    assert.equal(clock.pass(), 0);
  }
});

test("a write that fails lets the next one in", async () => {
  const clock = new Deadlines();
  const pace = new WritePace({ watchers: { size: 100 }, revisions: { delivered: () => turn() }, clock });
  const fail = () =>
    assert.rejects(
      pace.run(() => turn().then(() => Promise.reject(new Error("no")))),
      /no/,
    );
  const failing = Array.from({ length: 40 }, fail);
  const writing = Array.from({ length: 8 }, () => pace.run(async () => ({ revision: 1 })));
  await Promise.all([...failing, ...writing]);
});
