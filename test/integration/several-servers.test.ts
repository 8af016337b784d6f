/** Several API servers over one etcd: who lives is who the `kubernetes` Service leads to; one port may be everybody's. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Endpoints } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { pkiPaths } from "#pkg/pki/index.ts";
import { startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";
import { eventually } from "#test/support/cluster.ts";
import { startEtcd, type TestEtcd } from "#test/support/etcd.ts";
import { Http } from "./model/http.ts";

let etcd: TestEtcd;

before(async () => {
  etcd = await startEtcd();
});
after(() => etcd?.[Symbol.asyncDispose]());

const start = (flags: Record<string, string>): Promise<TestApiServer> =>
  startTestApiServer({ beside: { etcd }, flags });

async function addressesOf({ client }: TestApiServer): Promise<{ endpoints: string[]; slice: string[] }> {
  const where = { namespace: "default", name: "kubernetes" };
  const endpoints: Endpoints = await client.endpoints.get(where);
  const slice: EndpointSlice = await client.endpointslices.get(where);
  return {
    endpoints: (endpoints.subsets ?? []).flatMap(({ addresses }) => (addresses ?? []).map(({ ip }) => ip)),
    slice: (slice.endpoints ?? []).flatMap(({ addresses }) => addresses),
  };
}

const both = (...addresses: string[]) => ({ endpoints: addresses, slice: addresses });

test("the endpoints of the kubernetes Service are the servers that live", async () => {
  await using first = await start({ "advertise-address": "192.0.2.11" });
  const shows = (wanted: object) =>
    eventually(async () => assert.deepEqual(await addressesOf(first), wanted), { withinMs: 5_000, everyMs: 20 });
  await shows(both("192.0.2.11"));
  const second = await start({ "advertise-address": "192.0.2.12" });
  await shows(both("192.0.2.11", "192.0.2.12"));
  await second[Symbol.asyncDispose]();
  await shows(both("192.0.2.11"));
});

test("the last server that goes leaves its endpoints behind", async () => {
  const first = await start({ "advertise-address": "192.0.2.13" });
  await eventually(async () => assert.deepEqual(await addressesOf(first), both("192.0.2.13")));
  await first[Symbol.asyncDispose]();
  await using next = await start({ "advertise-address": "127.0.0.1" });
  assert.deepEqual(await addressesOf(next), both("192.0.2.13"), "a loopback address is nobody's endpoint");
});

test("two servers on one port share the connections", async () => {
  const flags = { "permit-port-sharing": "true", "advertise-address": "192.0.2.14" };
  await using first = await start(flags);
  const { port } = new URL(first.url);
  await using second = await start({ ...flags, "secure-port": port });
  assert.equal(second.url, first.url);
  // Each server has certificates of its own here: a connection that is trusted tells which one took it.
  const taken = { first: 0, second: 0 };
  for (let i = 0; i < 40; i += 1) {
    for (const [name, server] of Object.entries({ first, second })) {
      using http = new Http(server.connection(pkiPaths.admin));
      const answer = await http.ask("GET", "/version").catch(() => undefined);
      if (answer?.status === 200) taken[name as keyof typeof taken] += 1;
    }
  }
  assert.ok(taken.first > 5 && taken.second > 5, JSON.stringify(taken));
});

test("servers that start at once all become ready", async () => {
  await using own = await startEtcd();
  const begin = (address: string): Promise<TestApiServer> =>
    startTestApiServer({ beside: { etcd: own }, flags: { "advertise-address": address } });
  const servers = await Promise.all(["192.0.2.21", "192.0.2.22", "192.0.2.23"].map(begin));
  await using stack = new AsyncDisposableStack();
  for (const server of servers) stack.use(server);
  for (const { client } of servers) {
    await eventually(async () => assert.equal(await client.request("GET", "/readyz"), "ok"), { withinMs: 15_000 });
  }
  const [first] = servers;
  assert.ok(first);
  const all = both("192.0.2.21", "192.0.2.22", "192.0.2.23");
  await eventually(async () => assert.deepEqual(await addressesOf(first), all), { withinMs: 15_000 });
});
