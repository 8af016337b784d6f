import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { connect } from "node:net";
import { test } from "node:test";
import * as packets from "dns-packet";
import type { Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { createLogger } from "#pkg/apimachinery/log.ts";
import { addressOfReverse, answer, type Question, type Reply } from "./answer.ts";
import { Forwarder } from "./forward.ts";
import { Resolver } from "./resolver.ts";
import { serveDns } from "./server.ts";
import { Zone } from "./zone.ts";

const service = (name: string, spec: Partial<Service["spec"]>): Service => ({
  metadata: { name, namespace: "default" },
  spec: { ports: [{ name: "http", port: 80 }], ...spec },
});

const slice = (of: string, endpoints: EndpointSlice["endpoints"]): EndpointSlice => ({
  metadata: { name: `${of}-1`, namespace: "default", labels: { "kubernetes.io/service-name": of } },
  addressType: "IPv4",
  ports: [{ name: "http", port: 8080, protocol: "TCP" }],
  endpoints,
});

function zone(): Zone {
  const out = new Zone();
  out.setService(service("web", { clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"] }));
  out.setService(service("db", { clusterIP: "None" }));
  out.setService(service("ext", { type: "ExternalName", externalName: "web.default.svc.cluster.local" }));
  out.setService(service("all", { clusterIP: "None", publishNotReadyAddresses: true }));
  const endpoints = [
    { addresses: ["10.244.0.5"], hostname: "db-0", conditions: { ready: true } },
    { addresses: ["10.244.0.6"], conditions: { ready: false } },
  ];
  out.setSlice(slice("db", endpoints));
  out.setSlice(slice("all", endpoints));
  return out;
}

/** `A 10.96.0.7`, or the reply's kind. */
function show(reply: Reply): string {
  if (reply.kind !== "answers") return reply.kind === "alias" ? `alias ${reply.target}` : reply.kind;
  return reply.answers
    .map((a) => `${a.type} ${"data" in a ? (typeof a.data === "object" ? JSON.stringify(a.data) : a.data) : ""}`)
    .sort()
    .join(", ");
}

const facts: [name: string, type: Question["type"], is: string][] = [
  ["web.default.svc.cluster.local", "A", "A 10.96.0.7"],
  ["WEB.Default.svc.cluster.local", "A", "A 10.96.0.7"],
  ["web.default.svc.cluster.local", "AAAA", "empty"],
  ["web.other.svc.cluster.local", "A", "missing"],
  ["default.svc.cluster.local", "A", "empty"],
  ["nothere.svc.cluster.local", "A", "missing"],
  ["svc.cluster.local", "A", "empty"],
  ["db.default.svc.cluster.local", "A", "A 10.244.0.5"],
  ["all.default.svc.cluster.local", "A", "A 10.244.0.5, A 10.244.0.6"],
  ["db-0.db.default.svc.cluster.local", "A", "A 10.244.0.5"],
  ["db-1.db.default.svc.cluster.local", "A", "missing"],
  ["10-244-0-6.all.default.svc.cluster.local", "A", "A 10.244.0.6"],
  [
    "_http._tcp.web.default.svc.cluster.local",
    "SRV",
    'SRV {"priority":0,"weight":100,"port":80,"target":"web.default.svc.cluster.local"}',
  ],
  [
    "_http._tcp.db.default.svc.cluster.local",
    "SRV",
    'SRV {"priority":0,"weight":100,"port":8080,"target":"db-0.db.default.svc.cluster.local"}',
  ],
  ["_http._udp.web.default.svc.cluster.local", "SRV", "missing"],
  ["ext.default.svc.cluster.local", "A", "alias web.default.svc.cluster.local"],
  ["10-244-0-5.default.pod.cluster.local", "A", "A 10.244.0.5"],
  ["not-an-ip.default.pod.cluster.local", "A", "missing"],
  ["7.0.96.10.in-addr.arpa", "PTR", "PTR web.default.svc.cluster.local"],
  ["5.0.244.10.in-addr.arpa", "PTR", "PTR db-0.all.default.svc.cluster.local, PTR db-0.db.default.svc.cluster.local"],
  ["1.1.1.1.in-addr.arpa", "PTR", "foreign"],
  ["dns-version.cluster.local", "TXT", "TXT 1.1.0"],
  ["example.com", "A", "foreign"],
];

for (const [name, type, is] of facts) {
  test(`${type} ${name}`, () => {
    const question = { name, type, class: "IN" } as Question;
    assert.equal(show(answer(question, zone(), { domain: "cluster.local", ttlSeconds: 30 })), is);
  });
}

test("a service that goes takes its names with it", () => {
  const names = zone();
  names.removeService("default/db");
  assert.deepEqual(names.namesOf("10.244.0.5"), ["db-0.all.default.svc"]);
  names.removeService("default/web");
  assert.deepEqual(names.namesOf("10.96.0.7"), []);
});

test("reverse names of IPv6", () => {
  const name = `${"1".padStart(32, "0").split("").reverse().join(".")}.ip6.arpa`;
  assert.equal(addressOfReverse(name), "::1");
});

async function serve(upstreams: readonly string[] = []) {
  const forwarder = new Forwarder({ servers: upstreams, now: Date.now, timeoutMs: 300 });
  const resolver = new Resolver({ zone: zone(), forwarder, domain: "cluster.local", ttlSeconds: 30 });
  return serveDns({ resolver, address: "127.0.0.1", port: 0, log: createLogger("dns-test") });
}

function askUdp(port: number, name: string): Promise<packets.DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<packets.DecodedPacket>();
  const socket = createSocket("udp4");
  socket.on("error", reject).on("message", (message) => resolve(packets.decode(message)));
  socket.send(
    packets.encode({ type: "query", id: 7, flags: packets.RECURSION_DESIRED, questions: [{ type: "A", name }] }),
    port,
    "127.0.0.1",
  );
  return promise.finally(() => socket.close());
}

const rcode = (packet: packets.DecodedPacket) => (packet.flags ?? 0) & 15;

test("over UDP: answers, NXDOMAIN with the zone's SOA, SERVFAIL without upstream", async () => {
  await using server = await serve();
  const found = await askUdp(server.port, "web.default.svc.cluster.local");
  assert.deepEqual([rcode(found), found.id, found.answers?.length, found.flag_aa], [0, 7, 1, true]);
  const missing = await askUdp(server.port, "nope.default.svc.cluster.local");
  assert.deepEqual([rcode(missing), missing.authorities?.[0]?.type], [3, "SOA"]);
  assert.equal(rcode(await askUdp(server.port, "example.com")), 2);
});

test("an ExternalName is followed to its addresses", async () => {
  await using server = await serve();
  const packet = await askUdp(server.port, "ext.default.svc.cluster.local");
  assert.deepEqual(
    packet.answers?.map((a) => a.type),
    ["CNAME", "A"],
  );
});

test("a name server without a way to it is passed over", async () => {
  // The kernel refuses to connect to the broadcast address, as it does where there is no route.
  const forwarder = new Forwarder({ servers: ["255.255.255.255"], now: () => 0, timeoutMs: 300 });
  const question = { type: "A", name: "example.com", class: "IN" } as const;
  assert.equal(await forwarder.ask(question, new AbortController().signal), undefined);
});

test("other names are forwarded, and remembered", async () => {
  await using upstream = await serve();
  const names = `127.0.0.1:${upstream.port}`;
  const forwarder = new Forwarder({ servers: ["127.0.0.1:9", names], now: () => 0, timeoutMs: 300 });
  const resolver = new Resolver({ zone: new Zone(), forwarder, domain: "other.local", ttlSeconds: 30 });
  await using server = await serveDns({ resolver, address: "127.0.0.1", port: 0, log: createLogger("dns-test") });
  assert.equal((await askUdp(server.port, "web.default.svc.cluster.local")).answers?.length, 1);
  await upstream[Symbol.asyncDispose]();
  assert.equal((await askUdp(server.port, "web.default.svc.cluster.local")).answers?.length, 1);
});

test("over TCP, two queries on one connection; junk closes it", async () => {
  await using server = await serve();
  const socket = connect(server.port, "127.0.0.1");
  const query = packets.streamEncode({
    type: "query",
    id: 1,
    questions: [{ type: "A", name: "web.default.svc.cluster.local" }],
  });
  socket.write(Buffer.concat([query, query]));
  let bytes = 0;
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes >= 2 * (2 + chunk.readUInt16BE(0))) socket.write(Buffer.from([0, 3, 1, 2, 3]));
  }
  assert.ok(bytes > 0);
});
