import assert from "node:assert/strict";
import { test } from "node:test";
import { Turns } from "./turns.ts";

const never = new AbortController().signal;

test("as many as allowed at once, the others in order", async () => {
  const turns = new Turns(2);
  const order: number[] = [];
  const entered = [1, 2, 3, 4].map((each) => turns.enter(never).then(() => order.push(each)));
  await Promise.all(entered.slice(0, 2));
  assert.deepEqual([order, turns.waiting, turns.tryEnter()], [[1, 2], 2, false]);
  turns.leave();
  await entered[2];
  turns.leave();
  await entered[3];
  assert.deepEqual(order, [1, 2, 3, 4]);
  turns.leave();
  turns.leave();
  assert.ok(turns.tryEnter() && turns.tryEnter() && !turns.tryEnter());
});

test("who gives up waiting neither takes nor keeps a turn", async () => {
  const turns = new Turns(1);
  await turns.enter(never);
  const impatient = new AbortController();
  const given = turns.enter(impatient.signal);
  const patient = turns.enter(never);
  impatient.abort(new Error("too long"));
  await assert.rejects(given, /too long/);
  await assert.rejects(turns.enter(impatient.signal), /too long/);
  turns.leave();
  await patient;
  assert.equal(turns.waiting, 0);
  turns.leave();
  assert.ok(turns.tryEnter());
});
