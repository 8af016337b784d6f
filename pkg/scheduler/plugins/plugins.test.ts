import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod, PodAffinityTerm } from "#api/types/core/v1";
import type { PodInfo } from "../cache/types.ts";
import type { Plugin } from "../framework/plugin.ts";
import { fitMessage } from "../message.ts";
import { cluster, info, node, pod, search } from "../testing/fixtures.ts";
import { imageLocality } from "./image-locality/plugin.ts";
import { interPodAffinity } from "./inter-pod-affinity/plugin.ts";
import { nodeAffinity } from "./node-affinity/plugin.ts";
import { nodeName } from "./node-name/plugin.ts";
import { nodePorts } from "./node-ports/plugin.ts";
import { nodeResourcesBalancedAllocation } from "./node-resources-balanced-allocation/plugin.ts";
import { nodeResourcesFit } from "./node-resources-fit/plugin.ts";
import { nodeUnschedulable } from "./node-unschedulable/plugin.ts";
import { podTopologySpread } from "./pod-topology-spread/plugin.ts";
import { taintToleration } from "./taint-toleration/plugin.ts";

interface Fact {
  readonly name: string;
  readonly plugin: Plugin;
  readonly nodes: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly pod: PodInfo;
  /** The chosen node, or the message when no node will do. */
  readonly is: string;
}

const near = (labels: Record<string, string>, topologyKey = "zone"): PodAffinityTerm => ({
  labelSelector: { matchLabels: labels },
  topologyKey,
});
const zoned = (name: string, zone: string) => node(name, { labels: { zone } });
const spread = (maxSkew: number, whenUnsatisfiable: "DoNotSchedule" | "ScheduleAnyway", extra = {}) =>
  info("new", {
    labels: { app: "x" },
    spec: {
      topologySpreadConstraints: [
        { maxSkew, topologyKey: "zone", whenUnsatisfiable, labelSelector: { matchLabels: { app: "x" } }, ...extra },
      ],
    },
  });

const facts: Fact[] = [
  {
    name: "a named node is the only one",
    plugin: nodeName,
    nodes: [node("a"), node("b")],
    pod: info("p", { on: "b" }),
    is: "b",
  },
  {
    name: "too much CPU asked",
    plugin: nodeResourcesFit,
    nodes: [node("a", { cpu: "1" })],
    pod: info("p", { cpu: "900" }),
    is: "0/1 nodes are available: 1 Insufficient cpu.",
  },
  {
    name: "what placed pods asked for is taken",
    plugin: nodeResourcesFit,
    nodes: [node("a", { cpu: "1" }), node("b", { cpu: "1" })],
    pods: [pod("x", { cpu: "600m", on: "a" })],
    pod: info("p", { cpu: "500m" }),
    is: "b",
  },
  {
    name: "the node with more left wins",
    plugin: nodeResourcesFit,
    nodes: [node("a"), node("b")],
    pods: [pod("x", { cpu: "1", on: "a" })],
    pod: info("p", { cpu: "1" }),
    is: "b",
  },
  {
    name: "no room for one more pod",
    plugin: nodeResourcesFit,
    nodes: [node("a", { pods: "1" })],
    pods: [pod("x", { on: "a" })],
    pod: info("p"),
    is: "0/1 nodes are available: 1 Too many pods.",
  },
  {
    name: "the node where CPU and memory are used alike wins",
    plugin: nodeResourcesBalancedAllocation,
    nodes: [node("a", { cpu: "4", memory: "64Gi" }), node("b", { cpu: "4", memory: "4Gi" })],
    pod: info("p", { cpu: "2", memory: "2Gi" }),
    is: "b",
  },
  {
    name: "cordoned",
    plugin: nodeUnschedulable,
    nodes: [node("a", { spec: { unschedulable: true } })],
    pod: info("p"),
    is: "0/1 nodes are available: 1 node(s) were unschedulable.",
  },
  {
    name: "a taint that nothing tolerates",
    plugin: taintToleration,
    nodes: [node("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } })],
    pod: info("p"),
    is: "0/1 nodes are available: 1 node(s) had untolerated taint {k: v}.",
  },
  {
    name: "a tolerated taint",
    plugin: taintToleration,
    nodes: [node("a", { spec: { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] } })],
    pod: info("p", { spec: { tolerations: [{ key: "k", operator: "Exists" }] } }),
    is: "a",
  },
  {
    name: "a soft taint only pushes away",
    plugin: taintToleration,
    nodes: [node("a", { spec: { taints: [{ key: "k", effect: "PreferNoSchedule" }] } }), node("b")],
    pod: info("p"),
    is: "b",
  },
  {
    name: "node selector without a match",
    plugin: nodeAffinity,
    nodes: [node("a")],
    pod: info("p", { spec: { nodeSelector: { disk: "ssd" } } }),
    is: "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.",
  },
  {
    name: "preferred affinity by weight",
    plugin: nodeAffinity,
    nodes: [node("a"), node("b", { labels: { disk: "ssd" } })],
    pod: info("p", {
      spec: {
        affinity: {
          nodeAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              { weight: 1, preference: { matchExpressions: [{ key: "disk", operator: "In", values: ["ssd"] }] } },
            ],
          },
        },
      },
    }),
    is: "b",
  },
  {
    name: "a daemon pod goes to the node it names in matchFields",
    plugin: nodeAffinity,
    nodes: [node("a"), node("b")],
    pod: info("p", {
      spec: {
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: ["b"] }] }],
            },
          },
        },
      },
    }),
    is: "b",
  },
  {
    name: "a host port is free on one node only",
    plugin: nodePorts,
    nodes: [node("a"), node("b")],
    pods: [pod("x", { hostPort: 80, on: "a" })],
    pod: info("p", { hostPort: 80 }),
    is: "b",
  },
  {
    name: "the node that holds a big image",
    plugin: imageLocality,
    nodes: [node("a"), node("b", { images: { "app:latest": 900 * 1024 * 1024 } })],
    pod: info("p"),
    is: "b",
  },
  {
    name: "affinity leads to the zone of the other pod",
    plugin: interPodAffinity,
    nodes: [zoned("a", "1"), zoned("b", "2")],
    pods: [pod("x", { labels: { app: "db" }, on: "b" })],
    pod: info("p", {
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: "db" })] } } },
    }),
    is: "b",
  },
  {
    name: "the first of a group that wants itself goes anywhere",
    plugin: interPodAffinity,
    nodes: [zoned("a", "1")],
    pod: info("p", {
      labels: { app: "db" },
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: "db" })] } } },
    }),
    is: "a",
  },
  {
    name: "anti-affinity leaves the zone",
    plugin: interPodAffinity,
    nodes: [zoned("a", "1"), zoned("b", "2")],
    pods: [pod("x", { labels: { app: "db" }, on: "a" })],
    pod: info("p", {
      spec: {
        affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: "db" })] } },
      },
    }),
    is: "b",
  },
  {
    name: "a placed pod's anti-affinity refuses the new one",
    plugin: interPodAffinity,
    nodes: [zoned("a", "1")],
    pods: [
      pod("x", {
        on: "a",
        spec: {
          affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: "new" })] } },
        },
      }),
    ],
    pod: info("p", { labels: { app: "new" } }),
    is: "0/1 nodes are available: 1 node(s) didn't satisfy existing pods anti-affinity rules.",
  },
  {
    name: "another namespace does not count",
    plugin: interPodAffinity,
    nodes: [zoned("a", "1")],
    pods: [pod("x", { labels: { app: "db" }, on: "a", namespace: "other" })],
    pod: info("p", {
      spec: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [near({ app: "db" })] } } },
    }),
    is: "0/1 nodes are available: 1 node(s) didn't match pod affinity rules.",
  },
  {
    name: "hard spread keeps within the skew",
    plugin: podTopologySpread(),
    nodes: [zoned("a", "1"), zoned("b", "2")],
    pods: [pod("x", { labels: { app: "x" }, on: "a" })],
    pod: spread(1, "DoNotSchedule"),
    is: "b",
  },
  {
    name: "hard spread over a node without the label",
    plugin: podTopologySpread(),
    nodes: [node("a")],
    pod: spread(1, "DoNotSchedule"),
    is: "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label).",
  },
  {
    name: "too few domains count as an empty one",
    plugin: podTopologySpread(),
    nodes: [zoned("a", "1")],
    pods: [pod("x", { labels: { app: "x" }, on: "a" })],
    pod: spread(1, "DoNotSchedule", { minDomains: 2 }),
    is: "0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints.",
  },
  {
    name: "soft spread prefers the emptier zone",
    plugin: podTopologySpread(),
    nodes: [zoned("a", "1"), zoned("b", "2")],
    pods: [pod("x", { labels: { app: "x" }, on: "a" })],
    pod: spread(1, "ScheduleAnyway"),
    is: "b",
  },
  {
    name: "companions are spread over hosts, with or without zones",
    plugin: podTopologySpread(() => ({ matches: (labels) => labels?.["app"] === "x" })),
    nodes: [node("a"), node("b")],
    pods: [pod("x", { labels: { app: "x" }, on: "a" })],
    pod: info("new", { labels: { app: "x" } }),
    is: "b",
  },
  {
    name: "constraints of its own come before companions",
    plugin: podTopologySpread(() => ({ matches: () => true })),
    nodes: [zoned("a", "1"), zoned("b", "2")],
    pods: [pod("x", { labels: { app: "x" }, on: "a" }), pod("y", { on: "b" }), pod("z", { on: "b" })],
    pod: spread(1, "ScheduleAnyway"),
    is: "b",
  },
];

for (const { name, plugin, nodes, pods, pod: wanted, is } of facts) {
  test(`${plugin.name}: ${name}`, () => {
    const cache = cluster(nodes, pods);
    const found = search(cache, wanted, [plugin]);
    if (found.kind === "found") assert.equal(found.node.name, is);
    else if (found.kind === "none") assert.equal(fitMessage(nodes.length, found.failures, found.preFilterReason), is);
    else assert.fail(found.error);
  });
}
