import assert from "node:assert/strict";
import { test } from "node:test";
import { evictionOf } from "./settings.ts";
import { amountOf, parseThresholds, type Threshold, type ThresholdConfig } from "./thresholds.ts";

const show = ({ signal, value, graceMs, minimumReclaim }: Threshold): string => {
  const text = (of: Threshold["value"]) =>
    "quantity" in of ? of.quantity.toString() : `${Math.round(of.share * 1e4) / 100}%`;
  return `${signal}<${text(value)} ${graceMs}${minimumReclaim ? ` +${text(minimumReclaim)}` : ""}`;
};

for (const { name, config, wants } of [
  { name: "nothing", config: { hard: {} }, wants: [] },
  {
    name: "amounts and shares",
    config: { hard: { "memory.available": "150Mi", "nodefs.available": "12.5%", "pid.available": "100" } },
    wants: ["memory.available<150Mi 0", "nodefs.available<12.5% 0", "pid.available<100 0"],
  },
  {
    name: "0% and 100% are switched off",
    config: { hard: { "nodefs.available": "0%", "imagefs.available": "100%" } },
    wants: [],
  },
  {
    name: "soft ones have a grace",
    config: {
      hard: { "memory.available": "1" },
      soft: { "memory.available": "1Gi" },
      softGracePeriods: { "memory.available": "1m30s" },
    },
    wants: ["memory.available<1 0", "memory.available<1Gi 90000"],
  },
  {
    name: "reclaim more",
    config: { hard: { "nodefs.available": "10%" }, minimumReclaim: { "nodefs.available": "500Mi" } },
    wants: ["nodefs.available<10% 0 +500Mi"],
  },
  {
    name: "all pods together",
    config: { hard: { "memory.available": "5%" }, enforceAllocatable: true },
    wants: ["memory.available<5% 0", "allocatableMemory.available<5% 0"],
  },
] satisfies { name: string; config: ThresholdConfig; wants: string[] }[]) {
  test(`thresholds: ${name}`, () => assert.deepEqual(parseThresholds(config).map(show), wants));
}

for (const { config, wants } of [
  { config: { hard: { "memory.free": "1" } }, wants: "unsupported eviction signal memory.free" },
  { config: { hard: { __proto__x: "1" } }, wants: "unsupported eviction signal __proto__x" },
  { config: { hard: { constructor: "1" } }, wants: "unsupported eviction signal constructor" },
  {
    config: { hard: { "memory.available": "0" } },
    wants: "eviction threshold memory.available must be positive: 0",
  },
  {
    config: { hard: { "memory.available": "-1Gi" } },
    wants: "eviction threshold memory.available must be positive: -1Gi",
  },
  {
    config: { hard: { "nodefs.available": "-5%" } },
    wants: "eviction percentage threshold nodefs.available must be >= 0%: -5%",
  },
  {
    config: { hard: { "nodefs.available": "101%" } },
    wants: "eviction percentage threshold nodefs.available must be <= 100%: 101%",
  },
  { config: { hard: { "nodefs.available": "x%" } }, wants: 'strconv.ParseFloat: parsing "x": invalid syntax' },
  {
    config: { hard: {}, soft: { "memory.available": "1Gi" } },
    wants: "grace period must be specified for the soft eviction threshold memory.available",
  },
  {
    config: { hard: {}, softGracePeriods: { "memory.available": "-30s" } },
    wants: "invalid eviction grace period specified: -30s, must be a positive value",
  },
  {
    config: { hard: {}, minimumReclaim: { "nodefs.available": "0%" } },
    wants: "eviction percentage minimum reclaim nodefs.available must be positive: 0%",
  },
  {
    config: { hard: {}, minimumReclaim: { "nodefs.available": "-1" } },
    wants: "negative eviction minimum reclaim specified for nodefs.available",
  },
] satisfies { config: ThresholdConfig; wants: string }[]) {
  test(`thresholds refused: ${wants}`, () => assert.throws(() => parseThresholds(config), { message: wants }));
}

test("without a word the defaults are upstream's", () => {
  assert.deepEqual(evictionOf({}).thresholds.map(show), [
    "memory.available<100Mi 0",
    "nodefs.available<10% 0",
    "nodefs.inodesFree<5% 0",
    "imagefs.available<15% 0",
    "imagefs.inodesFree<5% 0",
    "allocatableMemory.available<100Mi 0",
  ]);
  assert.deepEqual(evictionOf({ hard: {} }).thresholds, []);
});

test("a share of a capacity has upstream's last digits", () => {
  const [threshold] = parseThresholds({ hard: { "nodefs.available": "10%" } });
  assert.equal(threshold && amountOf(threshold.value, 62_725_623_808).toString(), "6272562474");
});
