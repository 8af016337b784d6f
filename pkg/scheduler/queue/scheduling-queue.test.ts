import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#test/support/fake-clock.ts";
import { info, node } from "../testing/fixtures.ts";
import { type QueueOptions, SchedulingQueue } from "./scheduling-queue.ts";

function setUp(options: Partial<QueueOptions> = {}) {
  const clock = new FakeClock();
  const queue = new SchedulingQueue({
    clock,
    initialBackoffMs: 1000,
    maxBackoffMs: 10_000,
    unschedulableMsMax: 300_000,
    gate: () => undefined,
    opens: (gate, event) => gate === "Claims" && event.kind === "resourceSliceChanged",
    helps: (_, rejectedBy, event) => rejectedBy.has("Fit") && event.kind === "nodeAdded",
    ...options,
  });
  const stop = new AbortController();
  const pop = () => queue.pop(stop.signal);
  return { clock, queue, pop, stop };
}

const nodeAdded = { kind: "nodeAdded", node: node("n") } as const;
const fit = new Set(["Fit"]);

test("higher priority first, then the older", async () => {
  const { queue, pop, clock } = setUp();
  queue.add(info("first"));
  clock.advance(1);
  queue.add(info("second"));
  queue.add(info("urgent", { priority: 10 }));
  const order = [];
  for (let i = 0; i < 3; i++) order.push((await pop()).info.pod.metadata.name);
  assert.deepEqual(order, ["urgent", "first", "second"]);
});

test("a refused pod waits for an event that helps, and backs off first", async () => {
  const { queue, pop, clock } = setUp();
  queue.add(info("p"));
  queue.giveBack(await pop(), fit);
  assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 1, gated: 0 });
  queue.onEvent({ kind: "selfUpdated" });
  assert.equal(queue.sizes.unschedulable, 1);
  queue.onEvent(nodeAdded);
  assert.equal(queue.sizes.backoff, 1);
  const next = pop();
  clock.advance(1000);
  assert.equal((await next).attempts, 2);
});

test("an event that came while the pod was in flight is not lost", async () => {
  const { queue, pop } = setUp();
  queue.add(info("p"));
  const flying = await pop();
  queue.onEvent(nodeAdded);
  queue.giveBack(flying, fit);
  assert.equal(queue.sizes.backoff, 1);
});

test("without any event it is tried again after five minutes", async () => {
  const { queue, pop, clock } = setUp();
  queue.add(info("p"));
  queue.giveBack(await pop(), fit);
  const next = pop();
  clock.advance(300_000);
  assert.equal((await next).info.key, "default/p");
});

test("back-off doubles up to its bound", async () => {
  const { queue, pop, clock } = setUp();
  queue.add(info("p"));
  const waits = [];
  for (let i = 0; i < 6; i++) {
    const pod = await pop();
    queue.giveBack(pod, new Set());
    waits.push(pod.backoffUntil - clock.now());
    clock.advance(10_000);
  }
  assert.deepEqual(waits, [1000, 2000, 4000, 8000, 10_000, 10_000]);
});

test("a gated pod stays out until its update passes the gate", async () => {
  let open = false;
  const { queue, pop } = setUp({ gate: () => (open ? undefined : "SchedulingGates") });
  queue.add(info("p"));
  assert.equal(queue.sizes.gated, 1);
  open = true;
  queue.update(info("p"), true);
  assert.equal((await pop()).info.key, "default/p");
});

test("an event that may open its gate, and only that, makes a gated pod try again", async () => {
  let open = false;
  const asked: string[] = [];
  const { queue, pop } = setUp({
    gate: ({ key }) => (open ? undefined : key === "default/gated" ? "Gates" : "Claims"),
    helps: ({ key }, rejectedBy) => {
      asked.push(`${key} ${[...rejectedBy]}`);
      return true;
    },
  });
  queue.add(info("gated"));
  queue.add(info("claiming"));
  queue.onEvent({ kind: "resourceSliceChanged" });
  assert.deepEqual(asked, ["default/claiming Claims"]);
  assert.equal(queue.sizes.gated, 2, "the gate is still shut");
  open = true;
  queue.onEvent(nodeAdded);
  assert.equal(queue.sizes.gated, 2);
  queue.onEvent({ kind: "resourceSliceChanged" });
  assert.equal((await pop()).info.key, "default/claiming");
  assert.equal(queue.sizes.gated, 1);
});

test("a pod deleted in flight does not come back", async () => {
  const { queue, pop } = setUp();
  queue.add(info("p"));
  const flying = await pop();
  queue.remove("default/p");
  queue.giveBack(flying, new Set());
  assert.deepEqual(queue.sizes, { active: 0, backoff: 0, unschedulable: 0, gated: 0 });
});

test("waiting ends when aborted", async () => {
  const { pop, stop } = setUp();
  const waiting = pop();
  stop.abort(new Error("over"));
  await assert.rejects(waiting, /over/);
});
