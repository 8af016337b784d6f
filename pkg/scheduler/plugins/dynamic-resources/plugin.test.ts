import assert from "node:assert/strict";
import { test } from "node:test";
import type { PodSpec } from "#api/types/core/v1";
import type { DeviceClass, ResourceClaim, ResourceSlice } from "#api/types/resource.k8s.io/v1";
import { createLogger } from "#pkg/apimachinery/log.ts";
import type { Client } from "#pkg/client/types.ts";
import { FakeClock } from "#test/support/fake-clock.ts";
import { podInfoOf } from "../../cache/pod-info.ts";
import type { PodInfo } from "../../cache/types.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { fitMessage } from "../../message.ts";
import { cached, cachedSet } from "../../testing/cached.ts";
import { cel, claim, device, deviceClass, request, slice } from "../../testing/devices.ts";
import { bindContext, cluster, info, node, pod, search } from "../../testing/fixtures.ts";
import { dynamicResources } from "./plugin.ts";

interface World {
  readonly claims?: readonly ResourceClaim[];
  readonly classes?: readonly DeviceClass[];
  readonly slices?: readonly ResourceSlice[];
}

const gpu = deviceClass("gpu");
const nodes = [node("n"), node("m")];
const { signal } = new AbortController();

function setUp({ claims = [], classes = [gpu], slices = [] }: World = {}) {
  const caches = {
    claims: cached("resourceclaims", claims),
    classes: cached("deviceclasses", classes),
    slices: cached("resourceslices"),
  };
  const written: ResourceClaim[] = [];
  const client = {
    resourceclaims: { updateStatus: async (one: ResourceClaim) => written.push(one) },
  } as unknown as Client;
  const { plugin, postFilter } = dynamicResources({
    client,
    informers: cachedSet(...Object.values(caches)),
    clock: new FakeClock(),
    log: createLogger("test"),
  });
  for (const one of slices) caches.slices.put(one);
  return { ...caches, plugin, postFilter, written };
}

const user = (name: string, ...claims: string[]): PodInfo => {
  const resourceClaims = claims.map((one) => ({ name: one, resourceClaimName: one }));
  return info(name, { spec: { resourceClaims } });
};

/** The node, or why none; `!` before what broke. */
function placed(wanted: PodInfo, { plugin }: ReturnType<typeof setUp>): string {
  const found = search(cluster(nodes), wanted, [plugin]);
  if (found.kind === "found") return found.node.name;
  if (found.kind === "error") return `!${found.error.message}`;
  return fitMessage(nodes.length, found.failures, found.preFilterReason);
}

const onM = slice("m", [device("a")]);
const allocation = (...on: string[]): ResourceClaim["status"] & object => ({
  allocation: {
    devices: { results: [{ request: "r", driver: "gpu.example.com", pool: "m", device: "a" }] },
    nodeSelector: {
      nodeSelectorTerms: [{ matchFields: [{ key: "metadata.name", operator: "In", values: on }] }],
    },
  },
});
const consumers = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ resource: "pods", name: `p${at}`, uid: `uid-p${at}` }));
const refused = (why: string) => `0/2 nodes are available: ${why}.`;

const facts: readonly { name: string; world: World; pod?: PodInfo; is: string }[] = [
  { name: "a pod without claims", world: {}, pod: info("p"), is: "n" },
  { name: "the node with the device", world: { claims: [claim("c")], slices: [onM] }, is: "m" },
  {
    name: "a claim that the pod names twice gets its device once",
    world: { claims: [claim("c")], slices: [onM] },
    pod: info("p", { spec: { resourceClaims: ["a", "b"].map((name) => ({ name, resourceClaimName: "c" })) } }),
    is: "m",
  },
  { name: "no device", world: { claims: [claim("c")] }, is: refused("2 cannot allocate all claims") },
  {
    name: "no such class",
    world: { claims: [claim("c")], classes: [] },
    is: refused("request r: device class gpu does not exist"),
  },
  {
    name: "no such class of an alternative",
    world: {
      claims: [claim("c", { requests: [{ name: "r", firstAvailable: [{ name: "s", deviceClassName: "x" }] }] })],
    },
    is: refused("request r/s: device class x does not exist"),
  },
  { name: "no such claim", world: {}, is: refused('could not find ResourceClaim "default/c"') },
  { name: "where its device is", world: { claims: [claim("c", undefined, allocation("m"))] }, is: "m" },
  {
    name: "a device that no node can use",
    world: { claims: [claim("c", undefined, allocation("gone"))] },
    is: refused("2 resourceclaim not available on the node"),
  },
  {
    name: "a claim that 256 pods use",
    world: { claims: [claim("c", undefined, { ...allocation("m"), reservedFor: consumers(256) })] },
    is: refused("resourceclaim in use"),
  },
  {
    name: "a claim that 256 pods use, the pod too",
    world: { claims: [claim("c", undefined, { ...allocation("m"), reservedFor: consumers(256) })] },
    pod: user("p7", "c"),
    is: "m",
  },
  {
    name: "an expression that fails",
    world: {
      claims: [claim("c", { requests: [request("r", { selectors: [cel('device.attributes["x"].y')] })] })],
      slices: [onM],
    },
    is: '!running "DynamicResources" filter plugin: claim default/c: selector #0: CEL runtime error: no such key: y',
  },
];

for (const { name, world, pod: wanted = user("p", "c"), is } of facts) {
  test(`DynamicResources: ${name}`, () => assert.equal(placed(wanted, setUp(world)), is));
}

const nodeM = cluster(nodes).nodeNamed("m")!;

test("a device that one pod is about to get is no other's, until it is given up", async () => {
  const world = setUp({ claims: [claim("c"), claim("d")], slices: [onM] });
  const first = user("first", "c");
  assert.equal(placed(first, world), "m");
  assert.deepEqual(world.plugin.reserve?.(first, nodeM), { kind: "ok" });
  assert.equal(placed(user("second", "d"), world), refused("2 cannot allocate all claims"));
  assert.equal(
    placed(user("third", "c"), world),
    refused("resource claim default/c is in the process of being allocated"),
  );
  await world.plugin.unreserve?.(first, nodeM, bindContext);
  assert.equal(placed(user("second", "d"), world), "m");
});

test("a pod waits outside until its claims are there, and its own", () => {
  const { plugin, claims } = setUp();
  const spec: Partial<PodSpec> = { resourceClaims: [{ name: "c", resourceClaimTemplateName: "t" }] };
  const early = pod("p", { spec });
  const gate = (status = early.status) => {
    const verdict = plugin.preEnqueue?.(podInfoOf({ ...early, status: { ...status } }));
    return verdict?.kind === "unresolvable" ? verdict.reasons[0] : verdict?.kind;
  };
  assert.equal(gate(), 'pod "default/p": ResourceClaim not created yet');
  assert.equal(gate({ resourceClaimStatuses: [{ name: "c" }] }), "ok", "it needs none");
  const known = { resourceClaimStatuses: [{ name: "c", resourceClaimName: "c" }] };
  assert.equal(gate(known), 'could not find ResourceClaim "default/c"');
  const made = claim("c");
  claims.put(made);
  assert.equal(gate(known), "ResourceClaim default/c was not created for pod default/p (pod is not owner)");
  const owner = { apiVersion: "v1", kind: "Pod", name: "p", uid: "uid-p", controller: true };
  const own = { ...made.metadata, ownerReferences: [owner], resourceVersion: "2" };
  claims.put({ ...made, metadata: own });
  assert.equal(gate(known), "ok");
  claims.put({ ...made, metadata: { ...own, resourceVersion: "3", deletionTimestamp: "2026-01-01T00:00:00Z" } });
  assert.equal(gate(known), 'resourceclaim "c" is being deleted');
});

test("what may help a pod that waits", () => {
  const own = claim("c");
  const { plugin } = setUp({ claims: [own] });
  const waiting = user("p", "c");
  const changed = (one: ResourceClaim, old?: ResourceClaim): ClusterEvent => ({
    kind: "resourceClaimChanged",
    claim: one,
    old,
  });
  const helps = (event: ClusterEvent, who = waiting) => plugin.requeueOn?.(who, event);
  const had = claim("other", undefined, allocation("m"));
  const rows: readonly (readonly [string, ClusterEvent, boolean])[] = [
    ["its claim came", changed(own), true],
    ["its claim is as it was", changed(own, own), false],
    ["its claim has another state", changed(claim("c", undefined, allocation("m")), own), true],
    ["another claim came", changed(claim("other")), false],
    ["another claim gave devices back", changed(claim("other"), had), true],
    ["a class changed", { kind: "deviceClassChanged" }, true],
    ["devices changed", { kind: "resourceSliceChanged" }, true],
    ["a node came", { kind: "nodeAdded", node: node("x") }, true],
    ["labels of a node", { kind: "nodeUpdated", node: node("x"), changed: new Set(["labels"]) }, true],
    ["taints of a node", { kind: "nodeUpdated", node: node("x"), changed: new Set(["taints"]) }, false],
    ["a pod went", { kind: "podGone", pod: pod("x") }, false],
  ];
  for (const [name, event, is] of rows) assert.equal(helps(event), is, name);
  assert.equal(helps(changed(claim("other"), had), user("q", "missing")), false, "it lacks another claim");
});

test("devices that no node of the pod can use are given back, when nobody else uses them", async () => {
  const world = setUp({
    claims: [
      claim("used", undefined, { ...allocation("gone"), reservedFor: consumers(1) }),
      claim("idle", undefined, { ...allocation("gone"), reservedFor: consumers(2).slice(1), devices: [] }),
    ],
  });
  const tell = async (wanted: PodInfo) => {
    placed(wanted, world);
    return (await world.postFilter.postFilter(wanted, new Map(), signal)).message;
  };
  assert.equal(await tell(info("p")), "no new claims to deallocate");
  assert.equal(await tell(user("p1", "used")), "still not schedulable");
  assert.equal(await tell(user("p1", "used", "idle")), "deallocation of ResourceClaim completed");
  assert.deepEqual(
    world.written.map(({ metadata, status }) => [metadata.name, status]),
    [["idle", {}]],
  );
});

test("the node with the better alternative wins", () => {
  const requests = [
    {
      name: "r",
      firstAvailable: ["big", "small"].map((size) => ({
        name: size,
        deviceClassName: "gpu",
        allocationMode: "ExactCount" as const,
        count: 1,
        selectors: [cel(`device.attributes["gpu.example.com"].size == "${size}"`)],
      })),
    },
  ];
  const sized = (on: string, size: string) => slice(on, [device("a", { attributes: { size: { string: size } } })]);
  const world = { claims: [claim("c", { requests })], slices: [sized("n", "small"), sized("m", "big")] };
  assert.equal(placed(user("p", "c"), setUp(world)), "m");
});
