import assert from "node:assert/strict";
import { test } from "node:test";
import type { Service } from "#api/types/core/v1";
import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import { systemClock } from "#pkg/apimachinery/clock.ts";
import { parseRange } from "#pkg/apimachinery/net/range.ts";
import { addressesInOrder } from "./address-order.ts";
import { type AddressView, planForRecord, planForService } from "./address-plan.ts";
import { PoolAllocator } from "./allocator.ts";
import { portPool } from "./pools.ts";
import { type LockStore, lockMs, PortLocks } from "./port-locks.ts";

const orders: readonly [
  name: string,
  cidr: string,
  offset: bigint,
  first: string,
  middle: string | undefined,
  count: number,
][] = [
  ["the upper part comes first", "10.0.0.0/24", 0n, "10.0.0.17", "10.0.0.1", 254],
  ["it goes around its end", "10.0.0.0/24", 3n, "10.0.0.20", "10.0.0.4", 254],
  ["the lower part has its largest size", "10.0.0.0/16", 0n, "10.0.1.1", "10.0.0.1", 65_534],
  ["a small range has no lower part", "10.0.0.0/28", 0n, "10.0.0.1", undefined, 14],
  ["a range just larger", "10.0.0.0/27", 0n, "10.0.0.17", "10.0.0.1", 30],
  ["a range of nothing", "10.0.0.0/31", 0n, "", undefined, 0],
  ["IPv6 has no broadcast address", "fd00::/120", 0n, "fd00::11", "fd00::1", 255],
];
for (const [name, cidr, offset, first, middle, count] of orders) {
  test(`order of addresses: ${name}`, () => {
    const all = [...addressesInOrder(parseRange(cidr), (limit) => offset % limit)];
    assert.equal(all[0] ?? "", first);
    assert.equal(new Set(all).size, count, "each once");
    if (middle !== undefined) assert.ok(all.indexOf(middle) > 0 && all.indexOf(middle) >= count - 256);
  });
}

const service = (name: string, ...clusterIPs: string[]): Service => ({
  metadata: { name, namespace: "n" },
  spec: { type: "ClusterIP", clusterIPs },
});
const record = (address: string, name: string, more: Partial<IPAddress["metadata"]> = {}): IPAddress => ({
  metadata: {
    name: address,
    creationTimestamp: "2026-01-01T00:00:00Z",
    labels: {
      "ipaddress.kubernetes.io/ip-family": "IPv4",
      "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
    },
    ...more,
  },
  spec: { parentRef: { resource: "services", namespace: "n", name } },
});
const view = (services: Service[], records: IPAddress[]): AddressView => ({
  service: ({ name }) => services.find(({ metadata }) => metadata.name === name),
  record: (address) => records.find(({ metadata }) => metadata.name === address),
  isInRange: (address) => address.startsWith("10."),
});

const [ip, other] = ["10.0.0.5", "10.0.0.6"];
const services: readonly [name: string, own: Service, others: Service[], records: IPAddress[], steps: string[]][] = [
  ["all is well", service("a", ip), [], [record(ip, "a")], []],
  ["headless", service("a", "None"), [], [], []],
  ["no record", service("a", ip), [], [], ["create ClusterIPNotAllocated"]],
  ["labels changed", service("a", ip), [], [record(ip, "a", { labels: {} })], ["replace"]],
  ["a record for a Service that is gone", service("a", ip), [], [record(ip, "b")], ["replace ClusterIPNotAllocated"]],
  [
    "a record for one with another address",
    service("a", ip),
    [service("b", other)],
    [record(ip, "b")],
    ["replace ClusterIPNotAllocated"],
  ],
  ["two have it", service("a", ip), [service("b", ip)], [record(ip, "b")], ["notice ClusterIPAlreadyAllocated"]],
  ["no range has it", service("a", "11.0.0.1"), [], [], ["notice ClusterIPOutOfRange"]],
];
for (const [name, own, others, records, steps] of services) {
  test(`addresses of a Service: ${name}`, () => {
    const found = planForService(own, view([own, ...others], records));
    assert.deepEqual(
      found.map(({ kind, notice }) => (notice ? `${kind} ${notice.reason}` : kind)),
      steps,
    );
  });
}

const minuteLater = Date.parse("2026-01-01T00:01:00Z");
const records: readonly [name: string, one: IPAddress, present: Service[], ms: number, reason: string | undefined][] = [
  ["its Service has it", record(ip, "a"), [service("a", ip)], minuteLater, undefined],
  ["its Service may still be made", record(ip, "a"), [], minuteLater - 1, undefined],
  ["its Service was never made", record(ip, "a"), [], minuteLater, "IPAddressNotAllocated"],
  ["its Service has another", record(ip, "a"), [service("a", other)], minuteLater, "IPAddressWrongReference"],
  ["somebody else's", record(ip, "a", { labels: {} }), [], minuteLater, undefined],
];
for (const [name, one, present, ms, reason] of records) {
  test(`a record of an address: ${name}`, () => {
    assert.equal(planForRecord(one, view(present, [one]), ms)?.notice?.reason, reason);
  });
}

test("ports: what another took meanwhile is not dropped with what held it before", async () => {
  const ports = new PoolAllocator(portPool({ from: 1, to: 2 }));
  ports.hold("1", "a");
  await assert.rejects(ports.allocate("1"), /already allocated/);
  await assert.rejects(ports.allocate("3"), /The range of valid ports is 1-2/);
  await ports.release("1");
  assert.equal(await ports.allocate("1"), "1");
  ports.drop("1", "a");
  assert.equal(ports.isTaken("1"), true);
  assert.equal(await ports.allocate(), "2");
  await assert.rejects(ports.allocate(), /range is full/);
});

/** etcd's compare-and-swap, in memory. */
function rawStore(): LockStore {
  const values = new Map<string, { value: Buffer; revision: number }>();
  let revision = 0;
  return {
    get: async (key) => values.get(key),
    put: async (key, value, expected) => {
      if ((values.get(key)?.revision ?? 0) !== expected) return undefined;
      values.set(key, { value, revision: ++revision });
      return revision;
    },
    delete: async (key) => void values.delete(key),
  };
}

test("ports: two servers do not give one port at the same moment, and a dead server's lock ends", async () => {
  const store = rawStore();
  let now = 1_000_000;
  const clock = { ...systemClock, now: () => now };
  const server = () => new PoolAllocator(portPool({ from: 1, to: 2 }), new PortLocks(store, clock, "/registry"));
  const [a, b] = [server(), server()];
  assert.equal(await a.allocate("1"), "1");
  await assert.rejects(b.allocate("1"), /already allocated/);
  assert.equal(await b.allocate(), "2");
  assert.equal(b.isTaken("1"), false, "it only knows that it could not have it now");
  await a.release("1");
  assert.equal(await b.allocate("1"), "1");
  now += lockMs;
  assert.equal(await a.allocate("1"), "1", "nobody has seen a Service with it");
});
