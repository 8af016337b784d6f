import assert from "node:assert/strict";
import { test } from "node:test";
import { Limiter } from "./limiter.ts";

const never = new AbortController().signal;

/** Tasks that end when they are told to, in the order in which they began. */
function tasksOf(limiter: Limiter) {
  const began: number[] = [];
  const end: (() => void)[] = [];
  const run = (name: number, signal = never): Promise<number> =>
    limiter.run(async () => {
      began.push(name);
      await new Promise<void>((resolve) => end.push(resolve));
      return name;
    }, signal);
  return { began, end, run };
}

test("as many as allowed at once, the others in order", async () => {
  const limiter = new Limiter(2);
  const { began, end, run } = tasksOf(limiter);
  const results = [1, 2, 3, 4].map((name) => run(name));
  assert.deepEqual([began, limiter.waiting], [[1, 2], 2]);
  end[1]?.();
  assert.equal(await results[1], 2);
  assert.deepEqual([began, limiter.waiting], [[1, 2, 3], 1]);
  end[0]?.();
  await results[0];
  end[2]?.();
  await results[2];
  const fifth = run(5);
  assert.deepEqual(began, [1, 2, 3, 4, 5]);
  for (const one of end) one();
  assert.deepEqual(await Promise.all([...results, fifth]), [1, 2, 3, 4, 5]);
});

test("who gives up waiting neither runs nor keeps a turn", async () => {
  const limiter = new Limiter(1);
  const { began, end, run } = tasksOf(limiter);
  const impatient = new AbortController();
  const all = [run(1), run(2, impatient.signal), run(3)];
  impatient.abort(new Error("too long"));
  await assert.rejects(all[1] as Promise<number>, /too long/);
  await assert.rejects(run(4, impatient.signal), /too long/);
  end[0]?.();
  await all[0];
  assert.deepEqual([began, limiter.waiting], [[1, 3], 0]);
  end[1]?.();
  assert.equal(await all[2], 3);
});

test("a task that fails gives its turn back", async () => {
  const limiter = new Limiter(1);
  const failing = limiter.run(() => Promise.reject(new Error("no")), never);
  const next = limiter.run(async () => "yes", never);
  await assert.rejects(failing, /no/);
  assert.equal(await next, "yes");
});
