import assert from "node:assert/strict";
import { test } from "node:test";
import { FakeClock } from "#test/support/fake-clock.ts";
import { calm, nextPressure, type Pressure } from "./pressure.ts";
import type { Observation, Signal } from "./signals.ts";
import { parseThresholds, type ThresholdConfig } from "./thresholds.ts";

const transitionMs = 60_000;

/** A node that is looked at whenever something changes; 1000 is the capacity of everything. */
class Node {
  readonly clock = new FakeClock();
  readonly #thresholds;
  #pressure: Pressure = { state: calm, conditions: [], acute: [] };

  constructor(config: ThresholdConfig) {
    this.#thresholds = parseThresholds(config);
  }

  look(available: Partial<Record<Signal, number>>): { conditions: readonly string[]; acute: string[] } {
    const observations = new Map(
      Object.entries(available).map(([signal, left]): [Signal, Observation] => [
        signal as Signal,
        { available: left, capacity: 1000 },
      ]),
    );
    const input = { thresholds: this.#thresholds, observations, transitionMs, now: this.clock.now() };
    this.#pressure = nextPressure(this.#pressure.state, input);
    const { conditions, acute } = this.#pressure;
    return { conditions, acute: acute.map(({ signal }) => signal) };
  }
}

test("a hard threshold acts at once, and its condition stays through the transition", () => {
  const node = new Node({ hard: { "memory.available": "100" } });
  assert.deepEqual(node.look({ "memory.available": 100 }), { conditions: [], acute: [] });
  assert.deepEqual(node.look({ "memory.available": 99 }), {
    conditions: ["MemoryPressure"],
    acute: ["memory.available"],
  });
  node.clock.advance(transitionMs - 1);
  assert.deepEqual(node.look({ "memory.available": 500 }), { conditions: ["MemoryPressure"], acute: [] });
  node.clock.advance(1);
  assert.deepEqual(node.look({ "memory.available": 500 }), { conditions: [], acute: [] });
});

test("a soft threshold shows at once and acts after its grace, which a good moment begins anew", () => {
  const node = new Node({
    hard: {},
    soft: { "nodefs.available": "20%" },
    softGracePeriods: { "nodefs.available": "30s" },
  });
  assert.deepEqual(node.look({ "nodefs.available": 199 }), { conditions: ["DiskPressure"], acute: [] });
  node.clock.advance(29_999);
  assert.deepEqual(node.look({ "nodefs.available": 199 }).acute, []);
  assert.deepEqual(node.look({ "nodefs.available": 200 }).acute, []);
  node.clock.advance(1);
  assert.deepEqual(node.look({ "nodefs.available": 199 }).acute, []);
  node.clock.advance(30_000);
  assert.deepEqual(node.look({ "nodefs.available": 199 }).acute, ["nodefs.available"]);
});

test("once met it stays met until the minimum is reclaimed on top", () => {
  const node = new Node({ hard: { "nodefs.available": "100" }, minimumReclaim: { "nodefs.available": "50" } });
  assert.deepEqual(node.look({ "nodefs.available": 120 }).acute, []);
  assert.deepEqual(node.look({ "nodefs.available": 90 }).acute, ["nodefs.available"]);
  assert.deepEqual(node.look({ "nodefs.available": 120 }).acute, ["nodefs.available"]);
  assert.deepEqual(node.look({ "nodefs.available": 150 }).acute, []);
});

test("memory goes before everything else, and conditions stand in the order of the status", () => {
  const node = new Node({ hard: { "pid.available": "10", "nodefs.inodesFree": "5%", "memory.available": "100" } });
  assert.deepEqual(node.look({ "memory.available": 1, "nodefs.inodesFree": 1, "pid.available": 1 }), {
    conditions: ["MemoryPressure", "DiskPressure", "PIDPressure"],
    acute: ["memory.available", "pid.available", "nodefs.inodesFree"],
  });
});

test("what is not measured is not met", () => {
  assert.deepEqual(new Node({ hard: { "memory.available": "100" } }).look({}), { conditions: [], acute: [] });
});

test("a file system that counts no inodes has no want of them", () => {
  const [threshold] = parseThresholds({ hard: { "nodefs.inodesFree": "5%" } });
  const observations = new Map([["nodefs.inodesFree" as const, { available: 0, capacity: 0 }]]);
  const input = { thresholds: threshold ? [threshold] : [], observations, transitionMs, now: 0 };
  assert.deepEqual(nextPressure(calm, input).conditions, []);
});
