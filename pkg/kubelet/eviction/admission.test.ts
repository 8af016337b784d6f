import assert from "node:assert/strict";
import { test } from "node:test";
import type { Pod, PodSpec } from "#api/types/core/v1";
import { refusalUnderPressure } from "./admission.ts";
import type { PressureCondition } from "./signals.ts";

const pod = (spec: Partial<PodSpec> = {}, annotations: Record<string, string> = {}): Pod =>
  ({ metadata: { name: "p", annotations }, spec: { containers: [{ name: "c" }], ...spec } }) as Pod;
const burstable = pod({ containers: [{ name: "c", resources: { requests: { memory: "1Mi" } } }] });
const tolerant = (key: string): Pod => pod({ tolerations: [{ key, operator: "Exists", effect: "NoSchedule" }] });
const memoryTaint = "node.kubernetes.io/memory-pressure";

const rows: readonly { name: string; pod: Pod; conditions: PressureCondition[]; refused: boolean }[] = [
  { name: "a node at ease takes all", pod: pod(), conditions: [], refused: false },
  { name: "best effort", pod: pod(), conditions: ["MemoryPressure"], refused: true },
  { name: "burstable", pod: burstable, conditions: ["MemoryPressure"], refused: false },
  { name: "tolerates the taint", pod: tolerant(memoryTaint), conditions: ["MemoryPressure"], refused: false },
  { name: "tolerates another", pod: tolerant("a"), conditions: ["MemoryPressure"], refused: true },
  { name: "burstable, disk", pod: burstable, conditions: ["DiskPressure"], refused: true },
  { name: "tolerant, both", pod: tolerant(memoryTaint), conditions: ["MemoryPressure", "PIDPressure"], refused: true },
  { name: "critical", pod: pod({ priority: 2_000_000_000 }), conditions: ["DiskPressure"], refused: false },
  {
    name: "from a file",
    pod: pod({}, { "kubernetes.io/config.source": "file" }),
    conditions: ["DiskPressure"],
    refused: false,
  },
];
for (const { name, pod: of, conditions, refused } of rows) {
  test(`${name}: ${refused ? "refused" : "admitted"}`, () => {
    const message = `The node had condition: [${conditions.join(" ")}]. `;
    assert.deepEqual(refusalUnderPressure(of, conditions), refused ? { reason: "Evicted", message } : undefined);
  });
}
