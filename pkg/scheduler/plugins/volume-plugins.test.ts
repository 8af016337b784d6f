/** Where pods go because of their volumes, and what is said where none will do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Node, Pod, PodSpec } from "#api/types/core/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import type { Client } from "#pkg/client/types.ts";
import type { Plugin } from "../framework/plugin.ts";
import { fitMessage } from "../message.ts";
import { bindContext, cluster, info, node, pod, search } from "../testing/fixtures.ts";
import {
  claim,
  delayedClass,
  immediateClass,
  lister,
  type StorageFacts,
  storage,
  storageClass,
  using,
  volume,
} from "../testing/storage.ts";
import { Changes } from "../volumes/changes.ts";
import type { Storage } from "../volumes/storage.ts";
import { nodeVolumeLimits } from "./node-volume-limits/plugin.ts";
import { volumeBinding } from "./volume-binding/plugin.ts";
import { volumeRestrictions } from "./volume-restrictions/plugin.ts";
import { volumeZone } from "./volume-zone/plugin.ts";

/** Nothing here writes: binding is tested with a real API server. */
const unwritable = {} as Client;
const binding = (seen: Storage) =>
  volumeBinding({
    ...{ client: unwritable, clock: systemClock, storage: seen, changes: new Changes(), pods: lister<Pod>([]) },
    bindTimeoutMs: 0,
  });

interface Fact {
  readonly name: string;
  readonly plugin?: (seen: Storage) => Plugin;
  readonly nodes?: readonly Node[];
  readonly pods?: readonly Pod[];
  readonly seen: StorageFacts;
  readonly pod?: Partial<PodSpec>;
  /** The chosen node, or the message when no node will do. */
  readonly is: string;
}

const two = [node("a"), node("b")];
const none = (count: number, reason: string) => `0/${count} nodes are available: ${reason}.`;
const madeBy = (more = {}) => [storageClass(delayedClass, { provisioner: "p.example", ...more })];
const topology = (zone: string) => [{ matchLabelExpressions: [{ key: "zone", values: [zone] }] }];
const csi = (driver: string, volumeHandle: string) => ({ csi: { driver, volumeHandle } });
const limit = (name: string, count: number) => ({
  metadata: { name },
  spec: { drivers: [{ name: "d.example", nodeID: name, allocatable: { count } }] },
});
const capacity = (zone: string, storageRoom: string, more = {}) => ({
  metadata: { name: zone, namespace: "default" },
  storageClassName: delayedClass,
  nodeTopology: { matchLabels: { zone } },
  capacity: storageRoom,
  ...more,
});
const tracked = [{ metadata: { name: "p.example" }, spec: { storageCapacity: true } }];
const zoned = [node("a", { labels: { zone: "1" } }), node("b", { labels: { zone: "2" } })];
const ephemeral: Partial<PodSpec> = { volumes: [{ name: "scratch", ephemeral: {} }] };

const bindingFacts: Fact[] = [
  { name: "a pod without claims goes anywhere", seen: {}, nodes: [node("a")], pod: {}, is: "a" },
  {
    name: "a bound volume draws the pod to its node",
    seen: { claims: [claim("c", { to: "v" })], volumes: [volume("v", { on: "b" })] },
    is: "b",
  },
  {
    name: "a bound volume of another node",
    seen: { claims: [claim("c", { to: "v" })], volumes: [volume("v", { on: "elsewhere" })] },
    is: none(2, "2 node(s) didn't match PersistentVolume's node affinity"),
  },
  {
    name: "a bound volume that is gone",
    seen: { claims: [claim("c", { to: "v" })] },
    is: none(2, "2 node(s) unavailable due to one or more pvc(s) bound to non-existent pv(s)"),
  },
  { name: "no such claim", seen: {}, is: none(2, 'persistentvolumeclaim "c" not found') },
  {
    name: "a claim that goes away",
    seen: { claims: [claim("c", { metadata: { deletionTimestamp: "2026-01-01T00:00:00Z" } })] },
    is: none(2, 'persistentvolumeclaim "c" is being deleted'),
  },
  {
    name: "a lost claim",
    seen: { claims: [claim("c", { to: "v", phase: "Lost" })] },
    is: none(2, 'persistentvolumeclaim "c" bound to non-existent persistentvolume "v"'),
  },
  {
    name: "an ephemeral volume without its claim",
    seen: {},
    pod: ephemeral,
    is: none(2, 'waiting for ephemeral volume controller to create the persistentvolumeclaim "p-scratch"'),
  },
  {
    name: "an ephemeral volume's claim that is somebody else's",
    seen: { claims: [claim("p-scratch")] },
    pod: ephemeral,
    is: none(2, "PVC default/p-scratch was not created for pod default/p (pod is not owner)"),
  },
  {
    name: "an ephemeral volume with its claim",
    seen: {
      claims: [
        claim("p-scratch", {
          to: "v",
          metadata: { ownerReferences: [{ apiVersion: "v1", kind: "Pod", name: "p", uid: "uid-p", controller: true }] },
        }),
      ],
      volumes: [volume("v", { on: "b" })],
    },
    pod: ephemeral,
    is: "b",
  },
  {
    name: "a claim that does not wait for pods",
    seen: { claims: [claim("c", { className: immediateClass })] },
    is: none(2, "pod has unbound immediate PersistentVolumeClaims"),
  },
  {
    name: "a claim that names its volume waits for the controller",
    seen: { claims: [claim("c", { spec: { volumeName: "v" } })] },
    is: none(2, "pod has unbound immediate PersistentVolumeClaims"),
  },
  { name: "the node with a free volume", seen: { claims: [claim("c")], volumes: [volume("v", { on: "b" })] }, is: "b" },
  {
    name: "no volume is large enough",
    seen: { claims: [claim("c", { size: "2Gi" })], volumes: [volume("v", { on: "b" })] },
    is: none(2, "2 node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: "a volume that was not looked at yet is not taken",
    seen: { claims: [claim("c")], volumes: [{ ...volume("v", { on: "b" }), status: { phase: "Pending" } }] },
    is: none(2, "2 node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: "a block volume for a claim of files",
    seen: { claims: [claim("c")], volumes: [volume("v", { on: "b", spec: { volumeMode: "Block" } })] },
    is: none(2, "2 node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: "an access mode that the volume does not have",
    seen: { claims: [claim("c", { spec: { accessModes: ["ReadWriteMany"] } })], volumes: [volume("v", { on: "b" })] },
    is: none(2, "2 node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: "a claim with a selector",
    seen: {
      claims: [claim("c", { spec: { selector: { matchLabels: { disk: "ssd" } } } })],
      volumes: [volume("slow", { on: "a" }), volume("fast", { on: "b", labels: { disk: "ssd" } })],
    },
    is: "b",
  },
  {
    name: "a volume reserved for another claim",
    seen: {
      claims: [claim("c")],
      volumes: [volume("v", { on: "b", spec: { claimRef: { namespace: "default", name: "other" } } })],
    },
    is: none(2, "2 node(s) didn't find available persistent volumes to bind"),
  },
  {
    name: "a volume reserved for the claim is the only one, also where another is free",
    seen: {
      claims: [claim("c")],
      volumes: [
        volume("free", { on: "a" }),
        volume("v", { on: "b", spec: { claimRef: { namespace: "default", name: "c" } } }),
      ],
    },
    is: "b",
  },
  {
    name: "two claims need two volumes",
    seen: {
      claims: [claim("c"), claim("d")],
      volumes: [volume("one", { on: "a" }), volume("two", { on: "b" }), volume("three", { on: "b" })],
    },
    pod: using("c", "d"),
    is: "b",
  },
  {
    name: "the small claim leaves the large volume to the large claim",
    seen: {
      claims: [claim("large", { size: "5Gi" }), claim("small")],
      volumes: [volume("five", { on: "b", size: "5Gi" }), volume("two", { on: "b", size: "2Gi" })],
    },
    pod: using("large", "small"),
    is: "b",
  },
  {
    name: "one claim behind two volumes of the pod needs one",
    seen: { claims: [claim("c")], volumes: [volume("v", { on: "b" })] },
    pod: {
      volumes: ["x", "y"].map((name) => ({ name, persistentVolumeClaim: { claimName: "c" } })),
    },
    is: "b",
  },
  {
    name: "a volume can be made anywhere",
    nodes: [node("a")],
    seen: { claims: [claim("c")], classes: madeBy() },
    is: "a",
  },
  {
    name: "a volume can be made in one zone",
    nodes: zoned,
    seen: { claims: [claim("c")], classes: madeBy({ allowedTopologies: topology("2") }) },
    is: "b",
  },
  {
    name: "a volume is being made on a node",
    seen: {
      claims: [claim("c", { metadata: { annotations: { "volume.kubernetes.io/selected-node": "b" } } })],
      classes: madeBy(),
    },
    is: "b",
  },
  {
    name: "the driver has room in one zone",
    nodes: zoned,
    seen: {
      claims: [claim("c", { size: "5Gi" })],
      classes: madeBy(),
      drivers: tracked,
      capacities: [capacity("1", "4Gi"), capacity("2", "9Gi")],
    },
    is: "b",
  },
  {
    name: "the driver has room nowhere for so large a volume",
    nodes: zoned,
    seen: {
      claims: [claim("c", { size: "5Gi" })],
      classes: madeBy(),
      drivers: tracked,
      capacities: [capacity("1", "9Gi", { maximumVolumeSize: "4Gi" })],
    },
    is: none(2, "2 node(s) did not have enough free storage"),
  },
];

const restrictionFacts: Fact[] = [
  { name: "no such claim", plugin: volumeRestrictions, seen: {}, is: none(2, 'persistentvolumeclaim "c" not found') },
  {
    name: "a claim for one pod that another has",
    plugin: volumeRestrictions,
    pods: [pod("x", { on: "a", spec: using("c") })],
    seen: { claims: [claim("c", { to: "v", spec: { accessModes: ["ReadWriteOncePod"], volumeName: "v" } })] },
    is: none(
      2,
      "2 node(s) unavailable due to PersistentVolumeClaim with ReadWriteOncePod access mode already in-use by another pod",
    ),
  },
  {
    name: "a claim for one pod, of another namespace",
    plugin: volumeRestrictions,
    nodes: [node("a")],
    pods: [pod("x", { on: "a", namespace: "other", spec: using("c") })],
    seen: { claims: [claim("c", { spec: { accessModes: ["ReadWriteOncePod"] } })] },
    is: "a",
  },
  {
    name: "a disk that a pod of the node writes",
    plugin: volumeRestrictions,
    pods: [
      pod("x", { on: "a", spec: { volumes: [{ name: "d", gcePersistentDisk: { pdName: "disk", readOnly: true } }] } }),
    ],
    seen: {},
    pod: { volumes: [{ name: "d", gcePersistentDisk: { pdName: "disk" } }] },
    is: "b",
  },
  {
    name: "a disk that all only read",
    plugin: volumeRestrictions,
    nodes: [node("a")],
    pods: [
      pod("x", { on: "a", spec: { volumes: [{ name: "d", gcePersistentDisk: { pdName: "disk", readOnly: true } }] } }),
    ],
    seen: {},
    pod: { volumes: [{ name: "d", gcePersistentDisk: { pdName: "disk", readOnly: true } }] },
    is: "a",
  },
  {
    name: "an image by another monitor of the same cluster",
    plugin: volumeRestrictions,
    nodes: [node("a")],
    pods: [
      pod("x", { on: "a", spec: { volumes: [{ name: "d", rbd: { monitors: ["m1", "m2"], pool: "p", image: "i" } }] } }),
    ],
    seen: {},
    pod: { volumes: [{ name: "d", rbd: { monitors: ["m2", "m3"], pool: "p", image: "i" } }] },
    is: none(1, "1 node(s) had no available disk"),
  },
];

const zone = "topology.kubernetes.io/zone";
const inZones = [node("a", { labels: { [zone]: "1" } }), node("b", { labels: { [zone]: "2" } })];
const zoneFacts: Fact[] = [
  {
    name: "the volume's zone",
    plugin: volumeZone,
    nodes: inZones,
    seen: { claims: [claim("c", { to: "v" })], volumes: [volume("v", { labels: { [zone]: "2__3" } })] },
    is: "b",
  },
  {
    name: "the old name of the label",
    plugin: volumeZone,
    nodes: inZones,
    seen: {
      claims: [claim("c", { to: "v" })],
      volumes: [volume("v", { labels: { "failure-domain.beta.kubernetes.io/zone": "2" } })],
    },
    is: "b",
  },
  {
    name: "no node is in the volume's zone",
    plugin: volumeZone,
    nodes: inZones,
    seen: { claims: [claim("c", { to: "v" })], volumes: [volume("v", { labels: { [zone]: "9" } })] },
    is: none(2, "2 node(s) had no available volume zone"),
  },
  {
    name: "nodes without zones",
    plugin: volumeZone,
    nodes: [node("a")],
    seen: { claims: [claim("c", { to: "v" })], volumes: [volume("v", { labels: { [zone]: "9" } })] },
    is: "a",
  },
];

const limitFacts: Fact[] = [
  {
    name: "the driver can attach no more",
    plugin: nodeVolumeLimits,
    pods: [pod("x", { on: "a", spec: using("d") })],
    seen: {
      claims: [claim("c", { to: "v" }), claim("d", { to: "w" })],
      volumes: [volume("v", { spec: csi("d.example", "1") }), volume("w", { spec: csi("d.example", "2") })],
      csiNodes: [limit("a", 1), limit("b", 1)],
    },
    is: "b",
  },
  {
    name: "a disk that is there already counts once",
    plugin: nodeVolumeLimits,
    nodes: [node("a")],
    pods: [pod("x", { on: "a", spec: using("c") })],
    seen: {
      claims: [claim("c", { to: "v" })],
      volumes: [volume("v", { spec: csi("d.example", "1") })],
      csiNodes: [limit("a", 1)],
    },
    is: "a",
  },
  {
    name: "a disk that is attached still, and one to be made",
    plugin: nodeVolumeLimits,
    nodes: [node("a")],
    seen: {
      claims: [claim("c")],
      classes: [storageClass(delayedClass, { provisioner: "d.example" })],
      volumes: [volume("w", { spec: csi("d.example", "2") })],
      csiNodes: [limit("a", 1)],
      attachments: [
        {
          metadata: { name: "t" },
          spec: { attacher: "d.example", nodeName: "a", source: { persistentVolumeName: "w" } },
        },
      ],
    },
    is: none(1, "1 node(s) exceed max volume count"),
  },
];

for (const fact of [...bindingFacts, ...restrictionFacts, ...zoneFacts, ...limitFacts]) {
  const { name, plugin: build = binding, nodes = two, pods, seen, is } = fact;
  const plugin = build(storage(seen));
  test(`${plugin.name}: ${name}`, () => {
    const wanted = info("p", { spec: fact.pod ?? using("c") });
    const found = search(cluster(nodes, pods), wanted, [plugin]);
    if (found.kind === "found") assert.equal(found.node.name, is);
    else if (found.kind === "none") assert.equal(fitMessage(nodes.length, found.failures, found.preFilterReason), is);
    else assert.fail(found.error);
  });
}

test("VolumeBinding: what is reserved for one pod is not there for the next, until it is given back", () => {
  const seen = storage({ claims: [claim("c"), claim("d")], volumes: [volume("v", { on: "a" })] });
  const plugin = binding(seen);
  const cache = cluster([node("a")]);
  const [first, second] = [info("p", { spec: using("c") }), info("q", { spec: using("d") })];
  const on = cache.nodeNamed("a");
  assert.ok(on);
  assert.equal(plugin.reserve?.(first, on).kind, "ok");
  assert.equal(plugin.willPreBind?.(first), true);
  assert.equal(seen.volumes.get("v")?.spec?.claimRef?.name, "c");
  assert.equal(search(cache, second, [plugin]).kind, "none");
  plugin.unreserve?.(first, on, bindContext);
  assert.equal(plugin.willPreBind?.(first), false);
  assert.equal(search(cache, second, [plugin]).kind, "found");
});

test("VolumeBinding: a newer version of a volume ends the assumption about it", () => {
  const volumes = [volume("v", { on: "a" })];
  const seen = storage({ claims: [claim("c")], volumes });
  const on = cluster([node("a")]).nodeNamed("a");
  assert.ok(on);
  binding(seen).reserve?.(info("p", { spec: using("c") }), on);
  volumes[0] = { ...volume("v"), metadata: { name: "v", resourceVersion: "2" } };
  assert.equal(seen.volumes.get("v")?.spec?.claimRef, undefined);
});

const event = (resource: string, more: object) => ({ kind: "storage", resource, what: "added", ...more });
const helpful = [
  { name: "its claim", event: event("persistentvolumeclaims", { object: claim("c") }), helps: true },
  { name: "another's claim", event: event("persistentvolumeclaims", { object: claim("d") }), helps: false },
  { name: "a volume", event: event("persistentvolumes", { object: volume("v") }), helps: true },
  {
    name: "a volume is gone",
    event: event("persistentvolumes", { what: "deleted", object: volume("v") }),
    helps: false,
  },
  { name: "a class", event: event("storageclasses", { object: storageClass("x") }), helps: true },
  {
    name: "a class as before",
    event: event("storageclasses", { what: "updated", object: storageClass("x"), old: storageClass("x") }),
    helps: false,
  },
  {
    name: "less room",
    event: event("csistoragecapacities", { what: "updated", object: capacity("1", "1Gi"), old: capacity("1", "2Gi") }),
    helps: false,
  },
  {
    name: "more room",
    event: event("csistoragecapacities", { what: "updated", object: capacity("1", "3Gi"), old: capacity("1", "2Gi") }),
    helps: true,
  },
  {
    name: "a node's labels",
    event: { kind: "nodeUpdated", node: node("a"), changed: new Set(["labels"]) },
    helps: true,
  },
  {
    name: "a node's taints",
    event: { kind: "nodeUpdated", node: node("a"), changed: new Set(["taints"]) },
    helps: false,
  },
];

for (const { name, event: happened, helps } of helpful) {
  test(`VolumeBinding: after ${name} a pod is tried again: ${helps}`, () => {
    const wanted = info("p", { spec: using("c") });
    const tried = binding(storage({})).requeueOn?.(wanted, happened as Parameters<NonNullable<Plugin["requeueOn"]>>[1]);
    assert.equal(tried, helps);
  });
}
