import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, Pod } from "#api/types/core/v1";
import { evictionText } from "./messages.ts";
import type { ContainerUse, PodUse } from "./pod-use.ts";
import { type Observation, resourceOf, type Signal } from "./signals.ts";
import { parseThresholds } from "./thresholds.ts";

const Mi = 1024 * 1024;

const pod = (...containers: Container[]): Pod => ({ metadata: { name: "p", uid: "p" }, spec: { containers } }) as Pod;
const asks = (name: string, requests: Record<string, string>): Container => ({ name, resources: { requests } });

const used = (name: string, use: Partial<ContainerUse>): ContainerUse => ({
  name,
  memoryBytes: undefined,
  rootfs: undefined,
  logs: undefined,
  ...use,
});
const use = (...containers: ContainerUse[]): PodUse => ({
  memoryBytes: 300 * Mi,
  processes: 5,
  containers,
  volumes: new Map(),
  hostsFile: undefined,
});

function cause(signal: Signal, threshold: string, observed: Observation) {
  const thresholds = parseThresholds({ hard: { [signal]: threshold } });
  return { resource: resourceOf(signal), thresholds, observations: new Map([[signal, observed]]) };
}

test("memory: who used more than it asked for", () => {
  const text = evictionText(
    pod({ name: "c" }, asks("modest", { memory: "1Gi" })),
    use(used("c", { memoryBytes: 1024 * Mi }), used("modest", { memoryBytes: 5 * Mi })),
    cause("memory.available", "100Mi", { available: 52 * Mi, capacity: 1000 * Mi }),
  );
  assert.equal(
    text.message,
    "The node was low on resource: memory. Threshold quantity: 100Mi, available: 52Mi. " +
      "Container c was using 1Gi, request is 0, has larger consumption of memory. ",
  );
  assert.deepEqual(text.annotations, {
    offending_containers: "c",
    offending_containers_usage: "1Gi",
    starved_resource: "memory",
  });
});

test("memory: a pod that asks for it as a whole", () => {
  const whole = pod({ name: "c" });
  whole.spec.resources = { requests: { memory: "100Mi" } };
  const text = evictionText(whole, use(), cause("memory.available", "10%", { available: 1, capacity: 1000 }));
  assert.equal(
    text.message,
    "The node was low on resource: memory. Threshold quantity: 100, available: 1. " +
      "Pod p was using 300Mi, request is 100Mi, has larger consumption of memory. ",
  );
  assert.equal(text.annotations["offending_pod"], "p");
  assert.equal(text.annotations["offending_pod_usage"], "300Mi");
});

test("disk: layer and log together", () => {
  const { message } = evictionText(
    pod(asks("c", { "ephemeral-storage": "1Mi" })),
    use(used("c", { rootfs: { bytes: 3 * Mi, inodes: 1 }, logs: { bytes: 2 * Mi, inodes: 1 } })),
    cause("nodefs.available", "10%", { available: 5 * Mi, capacity: 100 * Mi }),
  );
  assert.equal(
    message,
    "The node was low on resource: ephemeral-storage. Threshold quantity: 10Mi, available: 5Mi. " +
      "Container c was using 5Mi, request is 1Mi, has larger consumption of ephemeral-storage. ",
  );
});

test("inodes and processes blame no container", () => {
  for (const signal of ["nodefs.inodesFree", "pid.available"] as const) {
    const text = evictionText(
      pod({ name: "c" }),
      use(used("c", { memoryBytes: 5 })),
      cause(signal, "2k", { available: 1024, capacity: 9999 }),
    );
    assert.equal(
      text.message,
      `The node was low on resource: ${resourceOf(signal)}. Threshold quantity: 2k, available: 1024. `,
    );
  }
});

test("a pod of which nothing is known has no annotations", () => {
  const text = evictionText(
    pod({ name: "c" }),
    undefined,
    cause("memory.available", "1Gi", { available: 1, capacity: 2 }),
  );
  assert.deepEqual(text, {
    message: "The node was low on resource: memory. Threshold quantity: 1Gi, available: 1. ",
    annotations: {},
  });
});
