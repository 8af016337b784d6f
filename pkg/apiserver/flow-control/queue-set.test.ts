import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#test/support/fake-clock.ts";
import { FairQueue } from "./fair-queue.ts";
import { FlowCounts } from "./flow-counts.ts";
import { FlowRequest, type WorkEstimate } from "./flow-request.ts";
import { deal, Hands } from "./hands.ts";
import type { Excess } from "./level-settings.ts";
import { QueueSet } from "./queue-set.ts";

const queues: Excess = { count: 64, handSize: 6, lengthMax: 50 };
const oneQueue: Excess = { count: 1, handSize: 1, lengthMax: 2 };

/** A level in which requests come and go. */
class Level {
  readonly clock = new FakeClock();
  readonly set = new QueueSet(this.clock);
  readonly counts = new FlowCounts("level", "schema");
  /** In the order in which they were begun. */
  readonly begun: FlowRequest[] = [];

  constructor(excess: Excess, limit: number) {
    this.set.configure(excess, limit);
  }

  send(flow: string, estimate: Partial<WorkEstimate> = {}): { readonly request: FlowRequest; readonly start: string } {
    const owner = { name: "schema", counts: this.counts };
    const request = new FlowRequest(owner, flow, { initialSeats: 1, finalSeats: 0, lingerMs: 0, ...estimate });
    request.decide = () => this.begun.push(request);
    const start = this.set.start(request);
    if (start === "executing" && !this.begun.includes(request)) this.begun.push(request);
    return { request, start };
  }
}

test("without queues", async (t) => {
  await t.test("what there is no seat for is refused", () => {
    const level = new Level("reject", 2);
    const first = level.send("a");
    assert.deepEqual(
      [first.start, level.send("a").start, level.send("b").start],
      ["executing", "executing", "concurrency-limit"],
    );
    level.set.finish(first.request);
    assert.equal(level.send("b").start, "executing");
    assert.equal(level.counts.rejected["concurrency-limit"], 1);
    assert.deepEqual([level.set.executing, level.set.seatsInUse, level.set.rejected], [2, 2, 1]);
  });
  await t.test("one that is wider than the level goes alone", () => {
    const level = new Level("reject", 2);
    const { request, start } = level.send("a", { initialSeats: 5 });
    assert.deepEqual([start, level.send("a").start], ["executing", "concurrency-limit"]);
    level.set.finish(request);
    assert.equal(level.send("a").start, "executing");
    assert.equal(level.send("a", { initialSeats: 5 }).start, "concurrency-limit");
  });
  await t.test("exempt requests are never refused", () => {
    const level = new Level("exempt", 0);
    for (let i = 0; i < 10; i++) assert.equal(level.send("a").start, "executing");
  });
});

test("with queues", async (t) => {
  await t.test("who waits goes on when a seat is free, in order", () => {
    const level = new Level(oneQueue, 1);
    const [first, second, third] = [level.send("a"), level.send("a"), level.send("a")];
    assert.deepEqual([first.start, second.start, third.start], ["executing", "waiting", "waiting"]);
    level.set.finish(first.request);
    assert.deepEqual(level.begun, [first.request, second.request]);
    level.set.finish(second.request);
    assert.deepEqual(level.begun, [first.request, second.request, third.request]);
    level.set.finish(third.request);
    assert(level.set.isIdle);
    assert.deepEqual([level.set.seatsInUse, level.set.seatsWaiting], [0, 0]);
  });
  await t.test("a queue has an end", () => {
    const level = new Level(oneQueue, 1);
    const starts = Array.from({ length: 4 }, () => level.send("a").start);
    assert.deepEqual(starts, ["executing", "waiting", "waiting", "queue-full"]);
    assert.equal(level.counts.rejected["queue-full"], 1);
  });
  await t.test("who leaves the queue frees his place", () => {
    const level = new Level(oneQueue, 1);
    const running = level.send("a").request;
    const [leaving, staying] = [level.send("a").request, level.send("a").request];
    assert(level.set.withdraw(leaving));
    assert.equal(level.set.withdraw(leaving), false);
    assert.equal(level.send("a").start, "waiting");
    level.set.finish(running);
    assert.deepEqual(level.begun, [running, staying]);
    assert.equal(level.counts.rejected["time-out"], 1);
    assert.equal(level.set.withdraw(staying), false, "it is executed");
  });
  await t.test("a wide one is waited for, and leaves others room when it goes", () => {
    const level = new Level({ count: 1, handSize: 1, lengthMax: 10 }, 2);
    const running = level.send("a").request;
    const wide = level.send("a", { initialSeats: 2 });
    const narrow = level.send("a");
    assert.deepEqual([wide.start, narrow.start], ["waiting", "waiting"]);
    assert(level.counts.unaccommodated > 0);
    assert(level.set.withdraw(wide.request));
    assert.deepEqual(level.begun, [running, narrow.request]);
  });
  await t.test("more seats begin more requests", () => {
    const level = new Level(oneQueue, 1);
    for (let i = 0; i < 3; i++) level.send("a");
    level.set.configure(oneQueue, 3);
    assert.equal(level.begun.length, 3);
  });
  await t.test("fewer queues: those above drain", () => {
    const level = new Level(queues, 1);
    for (let i = 0; i < 20; i++) level.send(`flow-${i}`);
    level.set.configure("reject", 1);
    assert.equal(level.send("another").start, "concurrency-limit");
    for (let i = 0; i < 20; i++) level.set.finish(level.begun[i] as FlowRequest);
    assert.equal(level.begun.length, 20);
    assert.equal(level.set.queues.length, 0);
  });
  await t.test("seats are held until the watchers are told", () => {
    const level = new Level(oneQueue, 4);
    const { request } = level.send("a", { finalSeats: 4, lingerMs: 5 });
    level.set.finish(request);
    assert.deepEqual([level.set.executing, level.set.seatsInUse], [0, 4]);
    assert.equal(level.send("a").start, "waiting");
    level.clock.advance(5);
    assert.equal(level.begun.length, 2);
    assert.equal(level.set.seatsInUse, 1);
  });
});

/** How many requests of each flow were executed, while each keeps so many waiting and all take as long. */
function served(sending: Readonly<Record<string, number>>, rounds: number): Record<string, number> {
  const level = new Level(queues, 4);
  const counts: Record<string, number> = {};
  const keepUp = (flow: string, wanted: number): void => {
    const open = [...level.set.queues].flatMap(({ waiters }) => [...waiters]).filter((r) => r.flow === flow).length;
    for (let i = open; i < wanted; i++) level.send(flow);
  };
  for (let round = 0; round < rounds; round++) {
    for (const [flow, wanted] of Object.entries(sending)) keepUp(flow, wanted);
    const running = [...level.set.running];
    level.clock.advance(10);
    for (const request of running) {
      counts[request.flow] = (counts[request.flow] ?? 0) + 1;
      level.set.finish(request);
    }
  }
  return counts;
}

test("an elephant does not drown a mouse", () => {
  const { elephant = 0, mouse = 0 } = served({ elephant: 60, mouse: 2 }, 200);
  assert(mouse > 100, `the mouse was served ${mouse} times, the elephant ${elephant} times`);
  assert.equal(elephant + mouse, 800, "no seat stays empty");
});

/** Two flows of which each has one of two queues. */
const ownQueues = [0, 1].map((index) => {
  const hands = new Hands({ count: 2, handSize: 1, lengthMax: 1 });
  let i = 0;
  while (hands.of("schema", `flow-${i}`)[0] !== index) i++;
  return `flow-${i}`;
}) as [string, string];

test("long requests count for what they took", () => {
  const level = new Level({ count: 2, handSize: 1, lengthMax: 100 }, 1);
  const [slow, quick] = ownQueues;
  for (let i = 0; i < 50; i++) {
    level.send(slow);
    level.send(quick);
  }
  const time: Record<string, number> = { [slow]: 0, [quick]: 0 };
  for (let i = 0; i < 40; i++) {
    const [request] = [...level.set.running];
    assert(request);
    const ms = request.flow === slow ? 90 : 10;
    time[request.flow]! += ms;
    level.clock.advance(ms);
    level.set.finish(request);
  }
  const part = (time[slow] as number) / ((time[slow] as number) + (time[quick] as number));
  assert(part > 0.35 && part < 0.75, `the slow flow had ${part} of the time`);
});

test("hands", async (t) => {
  const settings = { count: 128, handSize: 6 };
  await t.test("hold different queues, all of them in range", () => {
    for (let seed = 1n; seed < 2n ** 60n; seed *= 7n) {
      const hand = deal(seed, settings);
      assert.equal(new Set(hand).size, settings.handSize, String(seed));
      assert(hand.every((card) => card >= 0 && card < settings.count));
    }
  });
  await t.test("a hand of the whole deck is the deck", () => {
    assert.deepEqual([...deal(123_456_789n, { count: 5, handSize: 5 })].sort(), [0, 1, 2, 3, 4]);
  });
  await t.test("every queue is dealt as often", () => {
    const seen = new Array<number>(8).fill(0);
    for (let number = 0n; number < 8n * 7n * 6n; number++) {
      for (const card of deal(number, { count: 8, handSize: 3 })) seen[card]!++;
    }
    assert.deepEqual(seen, new Array<number>(8).fill(126));
  });
});

test("statistics know how long it was so", () => {
  const level = new Level("exempt", 0);
  level.set.statistics.relateTo({ seats: 2, places: 1 });
  level.clock.advance(10);
  const { request } = level.send("a", { initialSeats: 2 });
  level.clock.advance(30);
  level.set.finish(request);
  level.set.sync();
  const { counts, sum } = level.set.statistics.seats.read();
  assert.equal(counts[0], 10e6);
  assert.equal(counts[12], 30e6);
  assert.equal(sum, 30e6);
  assert.equal(level.set.statistics.seats.read().sum, sum, "reading changes nothing");
});

test("a flow spreads over its hand, to the emptiest queue each time", () => {
  const level = new Level({ count: 2, handSize: 2, lengthMax: 10 }, 1);
  level.send("a");
  for (let i = 0; i < 3; i++) level.send("a", { initialSeats: 3 });
  for (let i = 0; i < 5; i++) level.send("a");
  const seats = level.set.queues.map(({ waiters }) => [...waiters].reduce((sum, request) => sum + request.seats, 0));
  assert.deepEqual(
    seats.toSorted((a, b) => a - b),
    [7, 7],
  );
});

test("who was not there has saved nothing up", () => {
  const [one, other] = ownQueues;
  const level = new Level({ count: 2, handSize: 1, lengthMax: 200 }, 1);
  const next = (): string => {
    const [request] = [...level.set.running];
    assert(request);
    level.clock.advance(10);
    level.set.finish(request);
    return request.flow;
  };
  for (let i = 0; i < 150; i++) level.send(one);
  for (let i = 0; i < 100; i++) next();
  for (let i = 0; i < 50; i++) level.send(other);
  const flows = Array.from({ length: 40 }, next);
  const newcomers = flows.filter((flow) => flow === other).length;
  assert(newcomers >= 15 && newcomers <= 25, `${newcomers} of 40`);
});

test("nothing is due before it came", () => {
  const queue = new FairQueue(0);
  const request = new Level(queues, 1).send("a").request;
  request.arrivalProgress = 100;
  queue.add(request);
  queue.bound();
  assert.equal(queue.nextDue, 100);
  queue.nextDue = 200;
  queue.bound();
  assert.equal(queue.nextDue, 200);
});
