import assert from "node:assert/strict";
import { test } from "node:test";
import type { Container, ContainerPort, Pod, PodSpec } from "#api/types/core/v1";
import { refusalOf } from "./admission.ts";

const allocatable = { cpu: "2", memory: "1Gi", "ephemeral-storage": "1000", pods: "3" };

function pod(container: Partial<Container>, spec: Partial<PodSpec> = {}): Pod {
  return { metadata: { name: "p" }, spec: { containers: [{ name: "c", ...container }], ...spec } } as Pod;
}

const asks = (requests: Record<string, string>) => pod({ resources: { requests } });
const opens = (...ports: Partial<ContainerPort>[]) => pod({ ports: ports as ContainerPort[] });

const ports = "Predicate NodePorts failed: node(s) didn't have free ports for the requested pod ports";
const rows: readonly { name: string; pod: Pod; pods: readonly Pod[]; reason?: string; message?: string }[] = [
  { name: "room for all", pod: asks({ cpu: "1100m" }), pods: [asks({ cpu: "900m" })] },
  {
    name: "too little processor",
    pod: asks({ cpu: "1.1" }),
    pods: [asks({ cpu: "901m" })],
    reason: "OutOfcpu",
    message: "Node didn't have enough resource: cpu, requested: 1100, used: 901, capacity: 2000",
  },
  {
    name: "too little memory",
    pod: asks({ memory: "1Gi" }),
    pods: [asks({ memory: "1" })],
    reason: "OutOfmemory",
    message: "Node didn't have enough resource: memory, requested: 1073741824, used: 1, capacity: 1073741824",
  },
  {
    name: "too many pods",
    pod: pod({}),
    pods: [pod({}), pod({}), pod({})],
    reason: "OutOfpods",
    message: "Node didn't have enough resource: pods, requested: 1, used: 3, capacity: 3",
  },
  { name: "who asks for nothing finds room on a full node", pod: pod({}), pods: [asks({ cpu: "2", memory: "1Gi" })] },
  {
    name: "a critical pod is not refused for want of resources",
    pod: pod({ resources: { requests: { cpu: "3" } } }, { priority: 2_000_001_000 }),
    pods: [],
  },
  {
    name: "a taken port",
    pod: opens({ hostPort: 80 }),
    pods: [opens({ hostPort: 80 })],
    reason: "NodePorts",
    message: ports,
  },
  {
    name: "a port that is taken on all addresses",
    pod: opens({ hostPort: 80, hostIP: "10.0.0.1" }),
    pods: [opens({ hostPort: 81 }, { hostPort: 80, hostIP: "0.0.0.0" })],
    reason: "NodePorts",
    message: ports,
  },
  {
    name: "the same port on two addresses",
    pod: opens({ hostPort: 80, hostIP: "10.0.0.1" }),
    pods: [opens({ hostPort: 80, hostIP: "10.0.0.2" })],
  },
  {
    name: "the same number of two protocols",
    pod: opens({ hostPort: 53 }),
    pods: [opens({ hostPort: 53, protocol: "UDP" })],
  },
  {
    name: "a pod of another system",
    pod: pod({}, { os: { name: "windows" } }),
    pods: [],
    reason: "PodOSNotSupported",
    message: "Failed to admit pod as the OS field doesn't match node OS",
  },
  {
    name: "a node of another system wanted",
    pod: pod({}, { nodeSelector: { "kubernetes.io/os": "windows" } }),
    pods: [],
    reason: "PodOSSelectorNodeLabelDoesNotMatch",
    message: "Failed to admit pod as the `kubernetes.io/os` label doesn't match node label",
  },
  {
    name: "this system, twice said",
    pod: pod({}, { os: { name: "linux" }, nodeSelector: { "kubernetes.io/os": "linux" } }),
    pods: [],
  },
  { name: "ports that are the pods' own", pod: opens({ containerPort: 80 }), pods: [opens({ containerPort: 80 })] },
];
for (const { name, pod, pods, reason, message } of rows) {
  test(`${name}: ${reason ?? "admitted"}`, () => {
    const refusal = refusalOf(pod, { pods, allocatable });
    assert.deepEqual(refusal, reason === undefined ? undefined : { reason, message });
  });
}

test("an ended container of an earlier look still asks for what it asks for", () => {
  const ended = { ...asks({ cpu: "2" }), status: { phase: "Failed" } } as Pod;
  assert.equal(refusalOf(asks({ cpu: "1m" }), { pods: [ended], allocatable })?.reason, "OutOfcpu");
});
