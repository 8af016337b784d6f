/** Addresses of Services: their ranges, the records of who has which, and what happens when those are disturbed. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Service, ServiceSpec } from "#api/types/core/v1";
import type { IPAddress } from "#api/types/networking.k8s.io/v1";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { Client } from "#pkg/client/index.ts";
import { openStorage } from "#pkg/storage/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startEtcd } from "#test/support/etcd.ts";

let server: TestApiServer;
let client: Client;
const namespace = "default";

before(async () => {
  server = await startTestApiServer();
  client = server.client;
  await eventually(async () => (await record("10.96.0.1")) !== undefined);
});
after(() => server[Symbol.asyncDispose]());

const ports: ServiceSpec["ports"] = [{ port: 80 }];
const create = (name: string, spec: Partial<ServiceSpec> = {}, dryRun = false): Promise<Service> =>
  client.services.create({ metadata: { name, namespace }, spec: { ports, ...spec } }, { dryRun });
const remove = (name: string) => client.services.delete({ namespace, name });
const record = (name: string): Promise<IPAddress | undefined> =>
  client.ipaddresses.get({ name }).catch((error: StatusError) => {
    if (error.reason === "NotFound") return undefined;
    throw error;
  });
const refused = (code: number, text: RegExp) => (error: StatusError) => {
  assert.match(error.message, text);
  assert.equal(error.code, code);
  return true;
};

test("the cluster's own range is an object that is ready, and its first address belongs to the API", async () => {
  const range = await client.servicecidrs.get({ name: "kubernetes" });
  assert.deepEqual(range.spec.cidrs, ["10.96.0.0/16"]);
  const [ready] = range.status?.conditions ?? [];
  assert.equal(
    `${ready?.type}=${ready?.status}: ${ready?.message}`,
    "Ready=True: Kubernetes default Service CIDR is ready",
  );
  const parent = (await record("10.96.0.1"))?.spec.parentRef;
  assert.deepEqual(parent, { resource: "services", namespace: "default", name: "kubernetes" });
});

test("a Service's address is recorded as long as the Service has it", async () => {
  const { spec } = await create("plain");
  const held = await record(spec.clusterIP ?? "");
  assert.deepEqual(held?.metadata.labels, {
    "ipaddress.kubernetes.io/ip-family": "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  });
  assert.deepEqual(held?.spec.parentRef, { resource: "services", namespace, name: "plain" });
  await remove("plain");
  assert.equal(await record(spec.clusterIP ?? ""), undefined);
});

test("an address is given once", async () => {
  const clusterIP = "10.96.0.77";
  await create("first", { clusterIP });
  const taken =
    /spec.clusterIPs: Invalid value: \["10.96.0.77"\]: failed to allocate IP 10.96.0.77: provided IP is already allocated/;
  await assert.rejects(create("second", { clusterIP }), refused(422, taken));
  await assert.rejects(create("first", { clusterIP }), refused(422, taken));
  await assert.rejects(create("first"), refused(409, /already exists/));
  assert.equal((await record(clusterIP))?.spec.parentRef.name, "first");
  await remove("first");
  await create("second", { clusterIP });
  await remove("second");
});

test("a Service that is refused takes nothing", async () => {
  const clusterIP = "10.96.0.78";
  await assert.rejects(
    create("refused", { clusterIP, sessionAffinity: "Sometimes" as "None" }),
    refused(422, /sessionAffinity/),
  );
  assert.equal(await record(clusterIP), undefined);
  const shown = await create("shown", {}, true);
  assert.equal(shown.spec.clusterIP, "10.96.0.0");
  assert.equal((await create("shown", { clusterIP }, true)).spec.clusterIP, clusterIP);
  assert.equal(await record(clusterIP), undefined);
});

test("addresses outside of every range, and families that the cluster has not, are refused", async () => {
  const none = /failed to allocate IP 10.97.0.5: the provided network does not match the current range/;
  await assert.rejects(create("outside", { clusterIP: "10.97.0.5" }), refused(422, none));
  const edge = /the provided IP \(10.96.255.255\) is not in the valid range. The range of valid IPs is 10.96.0.0\/16/;
  await assert.rejects(create("edge", { clusterIP: "10.96.255.255" }), refused(422, edge));
  const dual =
    /spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services/;
  await assert.rejects(create("dual", { ipFamilyPolicy: "RequireDualStack" }), refused(422, dual));
  await assert.rejects(
    create("six", { ipFamilies: ["IPv6"] }),
    refused(422, /spec.ipFamilies\[0\]: Invalid value: "IPv6": not configured on this cluster/),
  );
  const prefers = await create("prefers", { ipFamilyPolicy: "PreferDualStack" });
  assert.deepEqual(prefers.spec.ipFamilies, ["IPv4"]);
  await remove("prefers");
});

test("a headless Service without selector has both families", async () => {
  const { spec } = await create("free", { clusterIP: "None" });
  assert.deepEqual([spec.ipFamilyPolicy, spec.ipFamilies], ["RequireDualStack", ["IPv4", "IPv6"]]);
  await remove("free");
});

test("a type without address gives it back, and gets another one later", async () => {
  const { spec } = await create("changes");
  const address = { namespace, name: "changes" };
  await client.services.patch(address, { spec: { type: "ExternalName", externalName: "a.b" } }, { type: "merge" });
  assert.equal(await record(spec.clusterIP ?? ""), undefined);
  const back = await client.services.patch(
    address,
    { spec: { type: "ClusterIP", externalName: null } },
    { type: "merge" },
  );
  assert.equal((await record(back.spec.clusterIP ?? ""))?.spec.parentRef.name, "changes");
  await remove("changes");
});

test("many at once get different addresses", async () => {
  const names = Array.from({ length: 60 }, (_, n) => `many-${n}`);
  const made = await Promise.all(names.map((name) => create(name)));
  assert.equal(new Set(made.map(({ spec }) => spec.clusterIP)).size, names.length);
  await Promise.all(names.map(remove));
  const { items } = await client.ipaddresses.list({});
  assert.deepEqual(
    items.filter(({ spec }) => spec.parentRef.name.startsWith("many-")),
    [],
  );
});

test("another range serves once it is ready", async () => {
  const name = "second";
  await client.servicecidrs.create({ metadata: { name }, spec: { cidrs: ["10.200.0.0/28"] } });
  const none = /the provided network does not match the current range/;
  await assert.rejects(create("there", { clusterIP: "10.200.0.5" }), refused(422, none));
  const conditions = [
    { type: "Ready", status: "True", reason: "", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
  ];
  await client.servicecidrs.patch({ name }, { status: { conditions } }, { type: "merge", subresource: "status" });
  await eventually(async () => (await create("there", { clusterIP: "10.200.0.5" })) !== undefined);
  assert.equal((await record("10.200.0.5"))?.spec.parentRef.name, "there");
  await remove("there");
  await client.servicecidrs.delete({ name });
});

test("a record that somebody deletes is made again", async () => {
  const { spec } = await create("robbed");
  const address = spec.clusterIP ?? "";
  const before = (await record(address))?.metadata.uid;
  await client.ipaddresses.delete({ name: address });
  await eventually(async () => {
    const now = await record(address);
    return now !== undefined && now.metadata.uid !== before;
  });
  const { items } = await client.events.list({ namespace, fieldSelector: "involvedObject.name=robbed" });
  assert.deepEqual(
    items.map(({ reason, message }) => `${reason}: ${message}`),
    [`ClusterIPNotAllocated: Cluster IP [IPv4]: ${address} is not allocated; repairing`],
  );
  await remove("robbed");
});

test("a record whose Service was never made does not keep that Service from its address", async () => {
  const name = "10.96.0.90";
  const labels = {
    "ipaddress.kubernetes.io/ip-family": "IPv4",
    "ipaddress.kubernetes.io/managed-by": "ipallocator.k8s.io",
  };
  const parentRef = { resource: "services", namespace, name: "late" };
  await client.ipaddresses.create({ metadata: { name, labels }, spec: { parentRef } });
  await assert.rejects(create("other", { clusterIP: name }), refused(422, /already allocated/));
  await create("late", { clusterIP: name });
  await remove("late");
  assert.equal(await record(name), undefined);
});

test("two servers do not give one address twice, and see each other's", async () => {
  await using second = await startTestApiServer({ beside: server });
  const name = "narrow";
  await client.servicecidrs.create({ metadata: { name }, spec: { cidrs: ["10.201.0.0/27"] } });
  const conditions = [
    { type: "Ready", status: "True", reason: "", message: "", lastTransitionTime: "2026-01-01T00:00:00Z" },
  ];
  await client.servicecidrs.patch({ name }, { status: { conditions } }, { type: "merge", subresource: "status" });
  const address = (n: number) => `10.201.0.${1 + (n % 8)}`;
  const made = await Promise.allSettled(
    Array.from({ length: 16 }, (_, n) => {
      const on = n < 8 ? client : second.client;
      const spec = { clusterIP: address(n), ports };
      return eventually(
        () =>
          on.services.create({ metadata: { name: `race-${n}`, namespace }, spec }).catch((error: StatusError) => {
            // The range is news to a server for a moment.
            if (/does not match the current range/.test(error.message)) return false;
            return error;
          }),
        { everyMs: 10 },
      );
    }),
  );
  const results = made.map((one) => (one.status === "fulfilled" ? one.value : one.reason));
  const services = results.filter((one): one is Service => "spec" in one);
  assert.equal(services.length, 8);
  assert.equal(new Set(services.map(({ spec }) => spec.clusterIP)).size, 8);
  for (const error of results.filter((one) => !("spec" in one)))
    assert.match(String(error), /provided IP is already allocated/);
  for (const service of services) {
    assert.equal((await record(service.spec.clusterIP ?? ""))?.spec.parentRef.name, service.metadata.name);
    await second.client.services.delete({ namespace, name: service.metadata.name ?? "" });
    assert.equal(await record(service.spec.clusterIP ?? ""), undefined);
  }
});

test("a server that starts makes the records that are missing", async () => {
  await using etcd = await startEtcd();
  const held = (on: Client) => on.ipaddresses.list({}).then(({ items }) => items.map(({ metadata }) => metadata.name));
  const first = await startTestApiServer({ beside: { etcd } });
  const service = { metadata: { name: "old", namespace }, spec: { ports } };
  const { clusterIP } = (await first.client.services.create(service)).spec;
  await eventually(async () => (await held(first.client)).length === 2);
  await first[Symbol.asyncDispose]();
  // As it is where Services are older than records.
  const storage = await openStorage({ endpoints: [etcd.endpoint], prefix: "/registry/" });
  for (const name of [clusterIP, "10.96.0.1"]) await storage.raw.delete(`/registry/ipaddresses/${name}`);
  await storage[Symbol.asyncDispose]();
  await using second = await startTestApiServer({ beside: { etcd } });
  await eventually(async () => (await held(second.client)).length === 2);
  assert.deepEqual((await held(second.client)).sort(), ["10.96.0.1", clusterIP].sort());
});

test("two servers do not give one node port twice", async () => {
  await using second = await startTestApiServer({ beside: server });
  const wanted = (on: Client, n: number) =>
    on.services.create({
      metadata: { name: `port-${n}`, namespace },
      spec: { type: "NodePort", ports: [{ port: 80, nodePort: 31_000 + (n % 8) }] },
    });
  const made = await Promise.allSettled(
    Array.from({ length: 16 }, (_, n) => wanted(n < 8 ? client : second.client, n)),
  );
  const services = made.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  assert.equal(services.length, 8);
  for (const one of made) if (one.status === "rejected") assert.match(String(one.reason), /already allocated/);
  for (const { metadata } of services) await second.client.services.delete({ namespace, name: metadata.name ?? "" });
  await wanted(client, 0);
  await remove("port-0");
});
