import assert from "node:assert/strict";
import { test } from "node:test";
import type { PriorityLevelConfiguration } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import objects from "../bootstrap/objects.json" with { type: "json" };
import { type Borrower, planBorrowing } from "./borrowing.ts";
import { allocateFairly } from "./fair-allocation.ts";
import { levelSettingsOf, requestSeatsMax, seatLimitsOf } from "./level-settings.ts";
import { SeatDemand } from "./seat-demand.ts";

const levels = (objects.prioritylevelconfigurations as unknown as PriorityLevelConfiguration[]).map((object) => {
  const settings = levelSettingsOf(object);
  assert(settings);
  return settings;
});

test("the levels that a cluster begins with share 600 seats", () => {
  const shareSum = levels.reduce((sum, { shares }) => sum + shares, 0);
  const limits = levels.map((level): [string, object] => {
    const of = seatLimitsOf(level, { seats: 600, shareSum });
    return [level.name, { ...of, one: requestSeatsMax(level, of) }];
  });
  assert.equal(shareSum, 245);
  assert.deepEqual(Object.fromEntries(limits), {
    "catch-all": { nominal: 13, lower: 13, upper: 613, one: undefined },
    exempt: { nominal: 0, lower: 0, upper: 600, one: undefined },
    "global-default": { nominal: 49, lower: 24, upper: 649, one: 8 },
    "leader-election": { nominal: 25, lower: 25, upper: 625, one: 4 },
    "node-high": { nominal: 98, lower: 73, upper: 698, one: 15 },
    system: { nominal: 74, lower: 50, upper: 674, one: 12 },
    "workload-high": { nominal: 98, lower: 49, upper: 698, one: 15 },
    "workload-low": { nominal: 245, lower: 24, upper: 845, one: 37 },
  });
});

test("what a level may borrow can be bounded", () => {
  const [level] = levels;
  assert(level);
  const bounded = { ...level, shares: 1, lendablePercent: 50, borrowingLimitPercent: 30 };
  assert.deepEqual(seatLimitsOf(bounded, { seats: 100, shareSum: 10 }), { nominal: 10, lower: 5, upper: 13 });
});

test("contradictions make no level", () => {
  const of = (name: string, spec: object) =>
    levelSettingsOf({ metadata: { name }, spec } as PriorityLevelConfiguration);
  assert.equal(of("a", { type: "Limited" }), undefined);
  assert.equal(of("a", { type: "Exempt", exempt: {} }), undefined);
  assert.equal(of("a", { type: "Limited", limited: { limitResponse: { type: "Queue" } } }), undefined);
  assert(of("a", { type: "Limited", limited: { limitResponse: { type: "Reject" } } }));
});

test("fair allocation", async (t) => {
  const claim = (target: number, lower: number, upper: number) => ({ target, lower, upper });
  const cases = [
    {
      name: "in proportion where no bound matters",
      sum: 30,
      claims: [claim(1, 0, 100), claim(2, 0, 100)],
      parts: [10, 20],
    },
    { name: "an upper bound gives the rest away", sum: 30, claims: [claim(1, 0, 4), claim(1, 0, 100)], parts: [4, 26] },
    { name: "a lower bound takes from others", sum: 10, claims: [claim(8, 8, 20), claim(8, 0, 20)], parts: [8, 2] },
    { name: "nothing but lower bounds", sum: 9, claims: [claim(4, 4, 8), claim(5, 5, 8)], parts: [4, 5] },
    { name: "nothing but upper bounds", sum: 16, claims: [claim(4, 4, 8), claim(5, 5, 8)], parts: [8, 8] },
    { name: "without targets", sum: 8, claims: [claim(0, 0, 10), claim(0, 0, 10)], parts: [4, 4] },
    { name: "nothing", sum: 0, claims: [claim(0, 0, 10)], parts: [0] },
    { name: "too little for the lower bounds", sum: 5, claims: [claim(6, 6, 9)], parts: undefined },
    { name: "too much for the upper bounds", sum: 10, claims: [claim(6, 6, 9)], parts: undefined },
  ];
  for (const { name, sum, claims, parts } of cases) {
    await t.test(name, () => {
      const found = allocateFairly(sum, claims)?.parts.map((part) => Number(part.toFixed(6)));
      assert.deepEqual(found, parts);
    });
  }
});

const borrower = (some: Partial<Borrower>): Borrower => ({
  exempt: false,
  limits: { nominal: 100, lower: 50, upper: 200 },
  current: 75,
  highWatermark: 0,
  smoothed: 0,
  ...some,
});

const limitsOf = (all: readonly Borrower[]): number[] => planBorrowing(all).levels.map(({ limit }) => limit);

test("borrowing", async (t) => {
  await t.test("idle levels are alike", () => {
    assert.deepEqual(limitsOf([borrower({}), borrower({})]), [100, 100]);
  });
  await t.test("who wants more gets what others do not want", () => {
    const [busy = 0, idle = 0] = limitsOf([borrower({ highWatermark: 150, smoothed: 150 }), borrower({})]);
    assert.deepEqual([busy, idle], [150, 50]);
  });
  await t.test("nobody goes above what he may borrow", () => {
    const bounded = { nominal: 100, lower: 50, upper: 110 };
    assert.deepEqual(
      limitsOf([borrower({ limits: bounded, highWatermark: 500, smoothed: 500 }), borrower({})]),
      [110, 90],
    );
  });
  await t.test("what was used lately is not taken away", () => {
    const all = [borrower({ highWatermark: 500, smoothed: 500 }), borrower({ highWatermark: 90, smoothed: 1 })];
    assert.deepEqual(limitsOf(all), [110, 90]);
  });
  await t.test("exempt requests come out of what the others could have", () => {
    const exempt = borrower({ exempt: true, limits: { nominal: 0, lower: 0, upper: 200 }, highWatermark: 40 });
    const [, ...rest] = limitsOf([exempt, borrower({ highWatermark: 90 }), borrower({ highWatermark: 90 })]);
    assert.deepEqual(rest, [80, 80]);
  });
  await t.test("lower bounds stay, however much exempt requests take", () => {
    const exempt = borrower({ exempt: true, limits: { nominal: 0, lower: 0, upper: 200 }, highWatermark: 1000 });
    assert.deepEqual(limitsOf([exempt, borrower({ highWatermark: 90 })]), [1000, 50]);
  });
});

test("demand grows at once and is forgotten slowly", () => {
  const demand = new SeatDemand();
  demand.add(0, 5000);
  demand.add(10, 5000);
  demand.endPeriod(10);
  assert.deepEqual([demand.highWatermark, demand.average, demand.deviation, demand.smoothed], [10, 5, 5, 10]);
  demand.add(10, 1);
  demand.add(0, 9999);
  demand.endPeriod(0);
  assert.equal(demand.highWatermark, 10);
  assert(demand.smoothed > 9.7 && demand.smoothed < 9.8, String(demand.smoothed));
  demand.add(0, 10_000);
  demand.endPeriod(0);
  assert.equal(demand.highWatermark, 0);
});
