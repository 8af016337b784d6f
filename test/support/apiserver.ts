/** An API server of our own in this process: real etcd, TLS, client certificates, Node and RBAC authorization. */
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseFlags, startApiServer } from "#pkg/apiserver/index.ts";
import { type Client, type Connection, connect } from "#pkg/client/index.ts";
import { ensurePki, pkiPaths, planPki } from "#pkg/pki/index.ts";
import { eventually } from "./cluster.ts";
import { startEtcd, type TestEtcd } from "./etcd.ts";
import { ask } from "./raw.ts";

export interface TestApiServer extends AsyncDisposable {
  readonly url: string;
  readonly etcd: TestEtcd;
  /** Where the keys and certificates of its PKI are. */
  readonly directory: string;
  /** system:masters. */
  readonly client: Client;
  /** Signs client certificates; PEM. */
  readonly authority: { readonly certificate: string; readonly key: string };
  /** Signs the tokens of service accounts; PEM. */
  readonly serviceAccountKey: string;
  /** Another user by the name of a certificate of the PKI: `scheduler`, `kube-proxy`. */
  connection(user: string): Connection;
}

/** `beside`: on an etcd that somebody else starts and ends, and perhaps shares with another server. */
export async function startTestApiServer({
  beside,
  flags: moreFlags = {},
}: {
  readonly beside?: Pick<TestApiServer, "etcd">;
  readonly flags?: Readonly<Record<string, string>>;
} = {}): Promise<TestApiServer> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-api-"));
  const [etcd, pki] = await Promise.all([
    beside?.etcd ?? startEtcd(),
    ensurePki(
      directory,
      planPki({
        clusterDomain: "cluster.local",
        serviceIp: "10.96.0.1",
        advertiseIps: [],
        nodes: [{ name: "node-1", ip: "127.0.0.1" }],
      }),
    ),
  ]);
  const file = (name: string) => join(directory, name);
  const flags = {
    "etcd-servers": etcd.endpoint,
    "bind-address": "127.0.0.1",
    "secure-port": "0",
    "service-cluster-ip-range": "10.96.0.0/16",
    "tls-cert-file": file("apiserver.crt"),
    "tls-private-key-file": file("apiserver.key"),
    "client-ca-file": file("ca.crt"),
    "service-account-key-file": file("sa.pub"),
    "service-account-signing-key-file": file("sa.key"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "authorization-mode": "Node,RBAC",
    "requestheader-client-ca-file": file("front-proxy-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "proxy-client-cert-file": file("front-proxy-client.crt"),
    "proxy-client-key-file": file("front-proxy-client.key"),
    ...moreFlags,
  };
  await using started = new AsyncDisposableStack();
  started.defer(() => rm(directory, { recursive: true, force: true }));
  if (!beside) started.use(etcd);
  const options = await parseFlags(Object.entries(flags).map(([name, value]) => `--${name}=${value}`));
  const server = started.use(await startApiServer(options));
  const url = `https://127.0.0.1:${server.port}`;
  const connection = (user: string): Connection => {
    const pair = pki.pairs.get(user);
    const ca = pki.pairs.get(pkiPaths.ca);
    if (!pair || !ca) throw new Error(`there is no certificate for ${user}`);
    return { server: url, ca: ca.certificate, cert: pair.certificate, key: pair.key, userAgent: "kubets-test" };
  };
  const authority = pki.pairs.get(pkiPaths.ca);
  if (!authority) throw new Error("the PKI has no authority");
  const client = started.use(connect(connection(pkiPaths.admin)));
  await untilReady({ url, connection });
  const serviceAccountKey = await readFile(file("sa.key"), "utf8");
  const all = started.move();
  return {
    url,
    etcd,
    directory,
    client,
    authority,
    serviceAccountKey,
    connection,
    [Symbol.asyncDispose]: () => all.disposeAsync(),
  };
}

/** Pods need the default service account, which a controller makes: without controllers the test does. */
export async function createServiceAccount(client: Client, namespace = "default"): Promise<void> {
  await client.serviceaccounts.create({ metadata: { name: "default", namespace } });
}

/** Every named check of its start has passed, so what it publishes there may be read. */
async function untilReady(server: Pick<TestApiServer, "url" | "connection">): Promise<void> {
  // Servers that share a port have certificates of their own: the connection may be another's, and is not trusted.
  const ready = async (): Promise<void> => {
    const { status, text } = await ask(server, "/readyz");
    assert.equal(status, 200, text);
  };
  await eventually(ready, { withinMs: 10_000, everyMs: 25 });
}
