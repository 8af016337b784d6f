/** Every form of an etcd endpoint is reached: TLS by name and by address, and a unix socket (as kine listens on). */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createServer as createTlsServer } from "node:tls";
import { issueAuthority, issueLeaf, type KeyPair } from "#pkg/pki/index.ts";
import { openStorage, type StorageOptions } from "#pkg/storage/index.ts";
import { startEtcd, type TestEtcd } from "#test/support/etcd.ts";
import { namesOf, podJson, podKey, podSpec } from "./support.ts";

const leaf = { path: "leaf", authority: "ca", organizations: [], dnsNames: [], ipAddresses: [] };

let etcd: TestEtcd;
let directory: string;
let authority: KeyPair;
let client: Pick<StorageOptions, "ca" | "cert" | "key">;

before(async () => {
  etcd = await startEtcd();
  directory = await mkdtemp(join(tmpdir(), "kubets-endpoints-"));
  authority = await issueAuthority({ path: "ca", commonName: "test-ca" }, new Date());
  const pair = await issueLeaf({ ...leaf, commonName: "apiserver", usages: ["client"] }, authority, new Date());
  client = { ca: join(directory, "ca"), cert: join(directory, "cert"), key: join(directory, "key") };
  await writeFile(join(directory, "ca"), authority.certificate);
  await writeFile(join(directory, "cert"), pair.certificate);
  await writeFile(join(directory, "key"), pair.key);
});

after(async () => {
  await etcd?.[Symbol.asyncDispose]();
  if (directory) await rm(directory, { recursive: true });
});

const toEtcd = (near: Socket): void => {
  const far = connect(Number(new URL(etcd.endpoint).port), "127.0.0.1");
  near.on("error", () => far.destroy());
  far.on("error", () => near.destroy());
  near.pipe(far).pipe(near);
};

async function listening(server: Server, where: number | string): Promise<Server & AsyncDisposable> {
  server.listen(typeof where === "number" ? { port: where, host: "127.0.0.1" } : { path: where });
  await once(server, "listening");
  return Object.assign(server, { [Symbol.asyncDispose]: async () => void server.close() });
}

/** In front of etcd, with a certificate for these addresses and names. */
async function tlsFront(names: { dns?: string[]; ips?: string[] }): Promise<Server & AsyncDisposable> {
  const spec = {
    ...leaf,
    commonName: "etcd",
    usages: ["server" as const],
    dnsNames: names.dns ?? [],
    ipAddresses: names.ips ?? [],
  };
  const pair = await issueLeaf(spec, authority, new Date());
  const tls = {
    key: pair.key,
    cert: pair.certificate,
    ca: authority.certificate,
    requestCert: true,
    ALPNProtocols: ["h2"],
  };
  return listening(createTlsServer(tls, toEtcd), 0);
}

const portOf = (server: Server): number => (server.address() as { port: number }).port;

async function roundTrip(endpoint: string, name: string, connectMsMax = 10_000): Promise<string[]> {
  await using storage = await openStorage({ endpoints: [endpoint], ...client, connectMsMax, compactionIntervalMs: 0 });
  const store = storage.store(podSpec);
  await store.create(podKey(name, name), podJson(name, { namespace: name }));
  return namesOf(await store.list({ prefix: podKey("", name), at: { kind: "latest" } }));
}

test("https by address", async () => {
  await using front = await tlsFront({ ips: ["127.0.0.1"] });
  assert.deepEqual(await roundTrip(`https://127.0.0.1:${portOf(front)}`, "ip"), ["ip"]);
});

test("https by name", async () => {
  await using front = await tlsFront({ dns: ["localhost"] });
  assert.deepEqual(await roundTrip(`https://localhost:${portOf(front)}`, "name"), ["name"]);
});

test("a certificate for another address is refused", async () => {
  await using front = await tlsFront({ dns: ["localhost"], ips: ["127.0.0.2"] });
  await assert.rejects(roundTrip(`https://127.0.0.1:${portOf(front)}`, "wrong", 500));
});

test("a unix socket", async () => {
  const path = join(directory, "kine.sock");
  await using _front = await listening(createServer(toEtcd), path);
  assert.deepEqual(await roundTrip(`unix://${path}`, "unix"), ["unix"]);
});
