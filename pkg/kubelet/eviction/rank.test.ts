import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodSpec } from "#api/types/core/v1";
import type { FileSystemLayout } from "./filesystems.ts";
import type { PodUse } from "./pod-use.ts";
import { type Ranked, rankForEviction } from "./rank.ts";
import type { Signal } from "./signals.ts";

const nothing: PodUse = { memoryBytes: 0, processes: 0, containers: [], volumes: new Map(), hostsFile: undefined };

interface Sketch {
  readonly requests?: Record<string, string>;
  readonly priority?: number;
  readonly volumes?: PodSpec["volumes"];
}

const pod = (name: string, use: Partial<PodUse> | undefined, { requests, ...spec }: Sketch = {}): Ranked => ({
  pod: {
    metadata: { name, namespace: "default", uid: name },
    spec: { containers: [{ name: "c", ...(requests ? { resources: { requests } } : {}) }], ...spec },
  } as Pod,
  use: use && { ...nothing, ...use },
});

const layer = (bytes: number, logs = 0, inodes = 0): Partial<PodUse> => ({
  containers: [{ name: "c", memoryBytes: 0, rootfs: { bytes, inodes }, logs: { bytes: logs, inodes: 0 } }],
});

const rows: readonly {
  name: string;
  signal: Signal;
  layout?: FileSystemLayout;
  pods: Ranked[];
  order: string[];
}[] = [
  {
    name: "above its request before below, whatever the priority",
    signal: "memory.available",
    pods: [
      pod("below", { memoryBytes: 500 }, { requests: { memory: "600" }, priority: 0 }),
      pod("above", { memoryBytes: 200 }, { requests: { memory: "100" }, priority: 1000 }),
    ],
    order: ["above", "below"],
  },
  {
    name: "then the less important",
    signal: "memory.available",
    pods: [pod("high", { memoryBytes: 900 }, { priority: 10 }), pod("low", { memoryBytes: 10 }, { priority: -10 })],
    order: ["low", "high"],
  },
  {
    name: "then the larger excess",
    signal: "allocatableMemory.available",
    pods: [
      pod("some", { memoryBytes: 300 }, { requests: { memory: "200" } }),
      pod("much", { memoryBytes: 250 }, { requests: { memory: "10" } }),
    ],
    order: ["much", "some"],
  },
  {
    name: "of whom nothing is known first",
    signal: "memory.available",
    pods: [pod("known", { memoryBytes: 900 }), pod("unknown", undefined, { priority: 100 })],
    order: ["unknown", "known"],
  },
  {
    name: "processes: the less important, then those with more",
    signal: "pid.available",
    pods: [
      pod("few", { processes: 3 }),
      pod("many", { processes: 30 }),
      pod("high", { processes: 300 }, { priority: 1 }),
    ],
    order: ["many", "few", "high"],
  },
  {
    name: "on one disk layers, logs and volumes count together",
    signal: "nodefs.available",
    pods: [
      pod("layer", layer(100)),
      pod(
        "volume",
        { ...layer(10, 10), volumes: new Map([["v", { bytes: 100, inodes: 1 }]]) },
        { volumes: [{ name: "v", emptyDir: {} }] },
      ),
      pod(
        "memory",
        { ...layer(10, 10), volumes: new Map([["v", { bytes: 500, inodes: 1 }]]) },
        { volumes: [{ name: "v", emptyDir: { medium: "Memory" } }] },
      ),
    ],
    order: ["volume", "layer", "memory"],
  },
  {
    name: "where images have their own disk the layers are on that",
    signal: "nodefs.available",
    layout: "images",
    pods: [pod("layer", layer(1000, 1)), pod("log", layer(10, 100))],
    order: ["log", "layer"],
  },
  {
    name: "and count there",
    signal: "imagefs.available",
    layout: "images",
    pods: [pod("log", layer(10, 100)), pod("layer", layer(1000, 1))],
    order: ["layer", "log"],
  },
  {
    name: "inodes",
    signal: "nodefs.inodesFree",
    pods: [pod("one", layer(1000, 0, 1)), pod("two", layer(1, 0, 2))],
    order: ["two", "one"],
  },
];
for (const { name, signal, layout = "shared", pods, order } of rows) {
  test(`ranking: ${name}`, () => {
    const names = rankForEviction(pods, signal, layout).map((one) => one.pod.metadata.name);
    assert.deepEqual(names, order);
  });
}
