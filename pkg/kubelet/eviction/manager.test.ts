import assert from "node:assert/strict";
import { test } from "node:test";
import { pino } from "pino";
import type { Pod, PodSpec } from "#api/types/core/v1";
import { FakeClock } from "#test/support/fake-clock.ts";
import { silentEvents } from "../pods/events.ts";
import { type EvictablePod, EvictionManager, type EvictionManagerOptions } from "./manager.ts";
import type { PodMeter } from "./pod-meter.ts";
import { type EvictionSettings, evictionOf } from "./settings.ts";
import type { Observation, Signal } from "./signals.ts";

interface Told {
  readonly name: string;
  readonly graceSeconds: number;
}

/** A node whose measurements a test sets, and whose pods are down as soon as they are told to go. */
class Node {
  readonly clock = new FakeClock();
  readonly told: Told[] = [];
  readonly events: string[] = [];
  readonly reclaimed: string[] = [];
  readonly left = new Map<Signal, Observation>();
  /** What giving back images does. */
  onReclaim = (): void => undefined;
  readonly manager: EvictionManager;

  constructor(settings: EvictionSettings, failure?: Error) {
    const answer =
      <T>(value: T) =>
      () =>
        failure ? Promise.reject(failure) : Promise.resolve(value);
    const reclaim = (what: string) => async () => {
      this.reclaimed.push(what);
      this.onReclaim();
    };
    const meter = { runtimeStats: answer(new Map()), load: async () => undefined, files: async () => undefined };
    const options: EvictionManagerOptions = {
      eviction: evictionOf(settings),
      nodeName: "n",
      nodeMeter: { layout: answer("shared" as const), observe: async () => new Map(this.left) },
      podMeter: meter as unknown as PodMeter,
      reclaim: { containers: reclaim("containers"), images: reclaim("images") },
      events: {
        ...silentEvents,
        pod: (pod, _type, reason, message) => void this.events.push(`${pod.metadata.name} ${reason} ${message}`),
        node: (_node, _type, reason, message) => void this.events.push(`${reason} ${message}`),
      },
      clock: this.clock,
      log: pino({ level: "silent" }),
      signal: new AbortController().signal,
    };
    this.manager = new EvictionManager(options);
  }

  pod(name: string, spec: Partial<PodSpec> = {}, down: Promise<void> = Promise.resolve()): EvictablePod {
    const pod = { metadata: { name, uid: name }, spec: { containers: [{ name: "c" }], ...spec } } as Pod;
    const fail: EvictablePod["fail"] = (_verdict, graceSeconds) => void this.told.push({ name, graceSeconds });
    return { pod, occupies: true, down, fail };
  }
}

const short = { available: 1, capacity: 1000 };

test("one pod a round, the least important first, with a second's grace", async () => {
  const node = new Node({ hard: { "memory.available": "100" } });
  node.left.set("memory.available", short);
  assert.equal(await node.manager.round([node.pod("a", { priority: 5 }), node.pod("b")]), true);
  assert.deepEqual(node.told, [{ name: "b", graceSeconds: 1 }]);
  assert.equal(node.events[0], "EvictionThresholdMet Attempting to reclaim memory");
  assert.match(node.events[1] ?? "", /^b Evicted The node was low on resource: memory\. /);
  assert.deepEqual(node.manager.conditions, ["MemoryPressure"]);
});

test("what the node stands on stays", async () => {
  const node = new Node({ hard: { "memory.available": "100" } });
  node.left.set("memory.available", short);
  assert.equal(await node.manager.round([node.pod("a", { priority: 2_000_001_000 })]), false);
  assert.deepEqual(node.told, []);
});

for (const { name, settings, own, wants } of [
  { name: "hardly any by default", settings: {}, own: 30, wants: 1 },
  { name: "at most what is allowed", settings: { podGraceSecondsMax: 20 }, own: 30, wants: 20 },
  { name: "at most its own", settings: { podGraceSecondsMax: 60 }, own: 30, wants: 30 },
  { name: "its own", settings: { podGraceSecondsMax: -1 }, own: 30, wants: 30 },
]) {
  test(`a soft threshold gives a pod grace: ${name}`, async () => {
    const soft = { hard: {}, soft: { "memory.available": "100" }, softGracePeriods: { "memory.available": "10s" } };
    const node = new Node({ ...soft, ...settings });
    node.left.set("memory.available", short);
    const pods = [node.pod("a", { terminationGracePeriodSeconds: own })];
    assert.equal(await node.manager.round(pods), false);
    node.clock.advance(10_000);
    assert.equal(await node.manager.round(pods), true);
    assert.deepEqual(node.told, [{ name: "a", graceSeconds: wants }]);
  });
}

test("a disk is cleared of what nobody uses before a pod goes", async () => {
  const node = new Node({ hard: { "nodefs.available": "100" } });
  node.left.set("nodefs.available", short);
  assert.equal(await node.manager.round([node.pod("a")]), true);
  assert.deepEqual(node.reclaimed, ["containers", "images"]);
  node.onReclaim = () => node.left.set("nodefs.available", { available: 500, capacity: 1000 });
  assert.equal(await node.manager.round([node.pod("b")]), false);
  assert.deepEqual(node.told, [{ name: "a", graceSeconds: 1 }]);
  assert.deepEqual(node.manager.conditions, ["DiskPressure"]);
});

test("a runtime that tells nothing does not keep the node from acting", async () => {
  const node = new Node({ hard: { "memory.available": "100" } }, new Error("no runtime"));
  node.left.set("memory.available", short);
  assert.equal(await node.manager.round([node.pod("a")]), true);
  assert.deepEqual(node.told, [{ name: "a", graceSeconds: 1 }]);
});

test("a runtime that does not end a pod is told of, and not waited for without end", async () => {
  const node = new Node({ hard: { "memory.available": "100" } });
  node.left.set("memory.available", short);
  const ended = node.manager.round([node.pod("a", {}, new Promise(() => undefined))]);
  await new Promise(setImmediate);
  node.clock.advance(10_000);
  await new Promise(setImmediate);
  const text = "Container runtime did not kill the pod within specified grace period.";
  assert.equal(node.events.at(-1), `a ExceededGracePeriod ${text}`);
  node.clock.advance(30_000);
  assert.equal(await ended, true);
});
