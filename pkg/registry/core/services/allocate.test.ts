import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service, ServiceSpec } from "#api/types/core/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type AddressAllocator, type AllocationServices, type IpFamily, RangeFullError } from "../../strategy.ts";
import { allocateService, releaseService } from "./allocate.ts";
import { prepareServiceUpdate } from "./keep.ts";

/** Addresses and ports that remember who asked. */
class Cluster implements AllocationServices {
  readonly clusterIps: AddressAllocator;
  readonly nodePorts: AllocationServices["nodePorts"];
  readonly addresses = new Set<string>();
  readonly ports = new Set<string>();

  constructor(families: IpFamily[], full = false) {
    let next = 1;
    this.clusterIps = {
      families,
      allocate: async ({ family, wanted }) => {
        if (full && !wanted) throw new RangeFullError("range is full");
        const address = wanted ?? (family === "IPv4" ? `10.0.0.${next++}` : `fd00::${next++}`);
        if (this.addresses.has(address)) throw new Error("provided IP is already allocated");
        this.addresses.add(address);
        return { address, adopted: false };
      },
      release: async (address) => void this.addresses.delete(address),
    };
    this.nodePorts = {
      allocate: async (wanted) => {
        const port = wanted ?? String(30000 + next++);
        if (this.ports.has(port)) throw new Error("provided port is already allocated");
        this.ports.add(port);
        return port;
      },
      release: async (port) => void this.ports.delete(port),
      isTaken: (port) => this.ports.has(port),
    };
  }
}

const four: IpFamily[] = ["IPv4"];
const both: IpFamily[] = ["IPv4", "IPv6"];
const service = (spec: Partial<ServiceSpec>): Service => ({
  metadata: { name: "s", namespace: "n" },
  spec: { type: "ClusterIP", selector: { a: "b" }, ...spec },
});
const context = (cluster: Cluster, dryRun = false) => ({
  services: cluster,
  dryRun,
  user: { name: "u", groups: [] },
  namespace: "n",
  now: new Date(0),
  warn: () => {},
});
async function made(spec: Partial<ServiceSpec>, cluster = new Cluster(both)): Promise<Service> {
  const one = service(spec);
  await (await allocateService(one, undefined, context(cluster))).commit();
  return one;
}

const creates: readonly [name: string, families: IpFamily[], spec: Partial<ServiceSpec>, is: Partial<ServiceSpec>][] = [
  [
    "one family by default",
    both,
    {},
    { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4"], clusterIPs: ["10.0.0.1"], clusterIP: "10.0.0.1" },
  ],
  ["the second family alone", both, { ipFamilies: ["IPv6"] }, { clusterIPs: ["fd00::1"], clusterIP: "fd00::1" }],
  [
    "both where there are both",
    both,
    { ipFamilyPolicy: "PreferDualStack" },
    { ipFamilies: ["IPv4", "IPv6"], clusterIPs: ["10.0.0.1", "fd00::2"] },
  ],
  [
    "one where there is one",
    four,
    { ipFamilyPolicy: "PreferDualStack" },
    { ipFamilies: ["IPv4"], clusterIPs: ["10.0.0.1"] },
  ],
  [
    "an address tells its family",
    both,
    { clusterIPs: ["fd00::9"], clusterIP: "fd00::9" },
    { ipFamilies: ["IPv6"], clusterIPs: ["fd00::9"] },
  ],
  ["headless", both, { clusterIP: "None", clusterIPs: ["None"] }, { ipFamilies: ["IPv4"], clusterIPs: ["None"] }],
  [
    "headless without selector",
    four,
    { clusterIP: "None", clusterIPs: ["None"], selector: {} },
    { ipFamilyPolicy: "RequireDualStack", ipFamilies: ["IPv4", "IPv6"] },
  ],
  [
    "one port for TCP and UDP",
    four,
    {
      type: "NodePort",
      ports: [
        { port: 53, protocol: "TCP" },
        { port: 53, protocol: "UDP" },
      ],
    },
    {
      ports: [
        { port: 53, protocol: "TCP", nodePort: 30002 },
        { port: 53, protocol: "UDP", nodePort: 30002 },
      ],
    },
  ],
  [
    "a port that comes later is shared too",
    four,
    { type: "NodePort", ports: [{ port: 53 }, { port: 53, protocol: "UDP", nodePort: 31000 }] },
    {
      ports: [
        { port: 53, nodePort: 31000 },
        { port: 53, protocol: "UDP", nodePort: 31000 },
      ],
    },
  ],
  [
    "no ports where they are not wanted",
    four,
    {
      type: "LoadBalancer",
      allocateLoadBalancerNodePorts: false,
      ports: [{ port: 80 }, { port: 81, nodePort: 31000 }],
    },
    { ports: [{ port: 80 }, { port: 81, nodePort: 31000 }] },
  ],
  [
    "a port for health checks",
    four,
    { type: "LoadBalancer", externalTrafficPolicy: "Local", allocateLoadBalancerNodePorts: false },
    { healthCheckNodePort: 30002 },
  ],
];
for (const [name, families, spec, is] of creates) {
  test(`a new Service: ${name}`, async () => {
    const cluster = new Cluster(families);
    const one = await made(spec, cluster);
    assert.deepEqual(Object.fromEntries(Object.keys(is).map((key) => [key, one.spec[key as keyof ServiceSpec]])), is);
    await releaseService(one, cluster);
    assert.deepEqual([...cluster.addresses, ...cluster.ports], [], "all is given back");
  });
}

const refusals: readonly [
  name: string,
  families: IpFamily[],
  spec: Partial<ServiceSpec>,
  code: number,
  text: RegExp,
][] = [
  [
    "two families that are not there",
    four,
    { ipFamilyPolicy: "RequireDualStack" },
    422,
    /ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services/,
  ],
  [
    "two families as one",
    both,
    { ipFamilyPolicy: "SingleStack", ipFamilies: ["IPv4", "IPv6"] },
    422,
    /must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified/,
  ],
  [
    "an address of no family here",
    four,
    { clusterIP: "fd00::1", clusterIPs: ["fd00::1"] },
    422,
    /spec.clusterIPs\[0\]: Invalid value: \["fd00::1"\]: IPv6 is not configured on this cluster/,
  ],
  [
    "an address of the other family",
    both,
    { clusterIP: "fd00::1", clusterIPs: ["fd00::1"], ipFamilies: ["IPv4"] },
    422,
    /expected an IPv4 value as indicated by `ipFamilies\[0\]`/,
  ],
  [
    "a port twice",
    four,
    {
      type: "NodePort",
      ports: [
        { port: 1, nodePort: 31000 },
        { port: 2, nodePort: 31000 },
      ],
    },
    422,
    /spec.ports\[1\].nodePort: Invalid value: 31000: provided port is already allocated/,
  ],
];
for (const [name, families, spec, code, text] of refusals) {
  test(`a Service is refused: ${name}`, async () => {
    const cluster = new Cluster(families);
    await assert.rejects(allocateService(service(spec), undefined, context(cluster)), (error: StatusError) => {
      assert.match(error.message, text);
      return error.code === code;
    });
    assert.deepEqual([...cluster.addresses, ...cluster.ports], [], "and took nothing");
  });
}

test("a full range is the server's fault", async () => {
  await assert.rejects(
    allocateService(service({}), undefined, context(new Cluster(four, true))),
    (error: StatusError) => {
      assert.equal(error.message, "Internal error occurred: failed to allocate a serviceIP: range is full");
      return error.code === 500;
    },
  );
});

test("a dry run shows ports that nobody has", async () => {
  const cluster = new Cluster(four);
  const one = service({ type: "NodePort", ports: [{ port: 1 }, { port: 2 }, { port: 3, nodePort: -1 }] });
  await allocateService(one, undefined, context(cluster, true));
  assert.deepEqual(
    one.spec.ports?.map(({ nodePort }) => nodePort),
    [32769, 32770, -1],
  );
  assert.equal(cluster.ports.size, 0);
});

async function changed(old: Service, change: (spec: ServiceSpec) => void, cluster: Cluster): Promise<Service> {
  const next = structuredClone(old);
  change(next.spec);
  prepareServiceUpdate(next, old);
  await (await allocateService(next, old, context(cluster))).commit();
  return next;
}

test("a Service gets its second family, and gives it back", async () => {
  const cluster = new Cluster(both);
  const old = await made({}, cluster);
  const dual = await changed(old, (spec) => void Object.assign(spec, { ipFamilyPolicy: "PreferDualStack" }), cluster);
  assert.deepEqual(dual.spec.clusterIPs, ["10.0.0.1", "fd00::2"]);
  const single = await changed(dual, (spec) => void Object.assign(spec, { ipFamilyPolicy: "SingleStack" }), cluster);
  assert.deepEqual([single.spec.clusterIPs, single.spec.ipFamilies], [["10.0.0.1"], ["IPv4"]]);
  assert.deepEqual([...cluster.addresses], ["10.0.0.1"]);
});

test("what was allocated stays when a client leaves it out", async () => {
  const cluster = new Cluster(four);
  const old = await made(
    {
      type: "NodePort",
      ports: [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ],
    },
    cluster,
  );
  const next = await changed(
    old,
    (spec) => {
      delete spec.clusterIP;
      delete spec.clusterIPs;
      spec.ports = [
        { name: "b", port: 8081 },
        { name: "c", port: 82 },
      ];
    },
    cluster,
  );
  assert.equal(next.spec.clusterIP, old.spec.clusterIP);
  assert.equal(next.spec.ports?.[0]?.nodePort, old.spec.ports?.[1]?.nodePort, "ports are known by their names");
  assert.deepEqual(cluster.ports, new Set(next.spec.ports?.map(({ nodePort }) => String(nodePort))));
});

test("a balancer that wants no more node ports keeps those it has", async () => {
  const cluster = new Cluster(four);
  const old = await made({ type: "LoadBalancer", ports: [{ name: "a", port: 80 }] }, cluster);
  const next = await changed(
    old,
    (spec) => {
      spec.allocateLoadBalancerNodePorts = false;
      spec.ports = [
        { name: "a", port: 80 },
        { name: "b", port: 81 },
      ];
    },
    cluster,
  );
  assert.deepEqual(
    next.spec.ports?.map(({ nodePort }) => nodePort),
    [old.spec.ports?.[0]?.nodePort, undefined],
  );
  assert.equal(cluster.ports.size, 1);
});

test("a type without use for a field loses it, unless it was changed", async () => {
  const cluster = new Cluster(four);
  const old = await made({ type: "NodePort", externalTrafficPolicy: "Cluster", ports: [{ port: 80 }] }, cluster);
  const next = await changed(old, (spec) => void Object.assign(spec, { type: "ClusterIP" }), cluster);
  assert.deepEqual([next.spec.ports, next.spec.externalTrafficPolicy], [[{ port: 80 }], undefined]);
  assert.equal(cluster.ports.size, 0);
  const kept = structuredClone(old);
  Object.assign(kept.spec, { type: "ClusterIP", ports: [{ port: 80, nodePort: 31000 }] });
  prepareServiceUpdate(kept, old);
  assert.equal(kept.spec.ports?.[0]?.nodePort, 31000, "the rules will speak of it");
  const named = await changed(
    old,
    (spec) => void Object.assign(spec, { type: "ExternalName", externalName: "a.b" }),
    cluster,
  );
  assert.deepEqual(
    [named.spec.clusterIP, named.spec.clusterIPs, named.spec.ipFamilies],
    [undefined, undefined, undefined],
  );
  assert.equal(cluster.addresses.size, 0);
});
