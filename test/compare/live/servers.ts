/** Upstream's API server and ours side by side: each over an etcd of its own, with the same flags and certificates. */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { Agent, request as httpsRequest } from "node:https";
import { createServer } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensurePki, pkiPaths, planPki } from "#pkg/pki/index.ts";
import { startEtcd } from "#test/support/etcd.ts";

const readyMsMax = 60_000;
const answerMsMax = 15_000;

export interface Ask {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
  /** Without the administrator's certificate: as nobody, or as whom the headers name. */
  readonly anonymous?: boolean;
}

export interface Reply {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

export interface LiveServer extends AsyncDisposable {
  readonly name: "upstream" | "ours";
  readonly url: string;
  readonly pid: number;
  /** From its start to its first namespace. */
  readonly readyMs: number;
  /** As a member of system:masters, unless it says otherwise. A watch ends by its own timeoutSeconds. Rejects after 15 s. */
  ask(ask: Ask): Promise<Reply>;
}

export interface LivePair extends AsyncDisposable {
  readonly upstream: LiveServer;
  readonly ours: LiveServer;
  /** Holds the certificates. */
  readonly directory: string;
}

export const oracleBinary = (name: string): string =>
  join(process.env["ORACLE_DIR"] ?? join(homedir(), ".cache/oracle"), "bin", name);

/** An API server's program and its first arguments; the flags that both servers get come after. */
export interface Program {
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export const upstreamProgram = (): Program => ({ command: [oracleBinary("kube-apiserver")] });

const fromSources: Program = {
  command: [process.execPath, new URL("../../../cmd/kube-apiserver/main.ts", import.meta.url).pathname],
};

/** One of the two, alone on the machine. Throws as `startPair` does. */
export async function startAlone(
  name: LiveServer["name"],
  program: Program,
): Promise<LiveServer & Pick<LivePair, "directory">> {
  const directory = await mkdtemp(join(tmpdir(), "kubets-live-"));
  const removed = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    await writePki(directory);
    const server = await startServer(name, program, { directory, extraFlags: [] });
    const dispose = async (): Promise<void> => {
      await server[Symbol.asyncDispose]();
      await removed();
    };
    return { ...server, directory, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await removed();
    throw error;
  }
}

/**
 * Ours runs from its sources unless it is told otherwise. Throws when upstream's binary has not been built, or a server does
 * not get ready within a minute.
 */
export async function startPair(extraFlags: readonly string[] = [], program: Program = fromSources): Promise<LivePair> {
  const upstreamBinary = oracleBinary("kube-apiserver");
  if (!existsSync(upstreamBinary)) throw new Error(`${upstreamBinary} is missing: make oracle`);
  const directory = await mkdtemp(join(tmpdir(), "kubets-live-"));
  await writePki(directory);
  const started = await Promise.allSettled([
    startServer("upstream", upstreamProgram(), { directory, extraFlags }),
    startServer("ours", program, { directory, extraFlags }),
  ]);
  const servers = started.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const dispose = async (): Promise<void> => {
    for (const server of servers) await server[Symbol.asyncDispose]();
    await rm(directory, { recursive: true, force: true });
  };
  const failed = started.find((one) => one.status === "rejected");
  const [upstream, ours] = servers;
  if (failed || !upstream || !ours) {
    await dispose();
    throw failed?.reason;
  }
  return { upstream, ours, directory, [Symbol.asyncDispose]: dispose };
}

async function writePki(directory: string): Promise<void> {
  const nodes = [{ name: "node-1", ip: "127.0.0.1" }];
  await ensurePki(
    directory,
    planPki({ clusterDomain: "cluster.local", serviceIp: "10.96.0.1", advertiseIps: ["127.0.0.1"], nodes }),
  );
}

interface Where {
  readonly directory: string;
  readonly extraFlags: readonly string[];
}

async function startServer(
  name: LiveServer["name"],
  { command: [command = "", ...first], env }: Program,
  { directory, extraFlags }: Where,
): Promise<LiveServer> {
  const etcd = await startEtcd();
  const port = await freePort();
  const flags = [...flagsOf(directory, etcd.endpoint, port), ...extraFlags];
  const log = openSync(join(directory, `${name}.log`), "w");
  const started = performance.now();
  const child = spawn(command, [...first, ...flags], { stdio: ["ignore", log, log], env: { ...process.env, ...env } });
  const url = `https://127.0.0.1:${port}`;
  const agent = await agentOf(directory, pkiPaths.admin);
  const nobody = await agentOf(directory);
  const ask = (one: Ask): Promise<Reply> => send(url, one.anonymous ? nobody : agent, one);
  const dispose = async (): Promise<void> => {
    await stop(child);
    agent.destroy();
    nobody.destroy();
    await etcd[Symbol.asyncDispose]();
  };
  let readyMs: number;
  try {
    await untilReady(ask, child);
    readyMs = Math.round(performance.now() - started);
  } catch (error) {
    await dispose();
    const text = await readFile(join(directory, `${name}.log`), "utf8");
    throw new Error(`${name} did not start: ${(error as Error).message}\n${text.slice(-2000)}`);
  }
  return { name, url, pid: child.pid ?? 0, readyMs, ask, [Symbol.asyncDispose]: dispose };
}

function flagsOf(directory: string, etcd: string, port: number): string[] {
  const file = (path: string) => join(directory, path);
  const flags = {
    "etcd-servers": etcd,
    "bind-address": "127.0.0.1",
    "advertise-address": "127.0.0.1",
    "secure-port": port,
    "service-cluster-ip-range": "10.96.0.0/16",
    "tls-cert-file": file("apiserver.crt"),
    "tls-private-key-file": file("apiserver.key"),
    "client-ca-file": file("ca.crt"),
    "service-account-key-file": file("sa.pub"),
    "service-account-signing-key-file": file("sa.key"),
    "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    "authorization-mode": "Node,RBAC",
    "enable-admission-plugins": "NodeRestriction",
    "allow-privileged": true,
  };
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** `identity`: the files of a client certificate. */
async function agentOf(directory: string, identity?: string): Promise<Agent> {
  const read = (path: string) => readFile(join(directory, path));
  const ca = await read(`${pkiPaths.ca}.crt`);
  if (identity === undefined) return new Agent({ ca, keepAlive: true });
  const [cert, key] = await Promise.all([read(`${identity}.crt`), read(`${identity}.key`)]);
  return new Agent({ ca, cert, key, keepAlive: true });
}

function send(url: string, agent: Agent, { method, path, headers, body }: Ask): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  // Node sends no length with a DELETE's body by itself.
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const options = { method, agent, headers: { ...length, ...headers }, timeout: answerMsMax };
  const request = httpsRequest(`${url}${path}`, options, (response) => {
    const parts: Buffer[] = [];
    response.on("data", (part: Buffer) => parts.push(part));
    response.on("error", reject);
    response.on("end", () =>
      resolve({ code: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }),
    );
  });
  request.on("timeout", () => request.destroy(new Error(`no answer to ${method} ${path} within ${answerMsMax} ms`)));
  request.on("error", reject);
  request.end(body);
  return promise;
}

async function untilReady(ask: LiveServer["ask"], child: ChildProcess): Promise<void> {
  const end = performance.now() + readyMsMax;
  while (performance.now() < end) {
    if (child.exitCode !== null) throw new Error(`it exited with ${child.exitCode}`);
    const ready = await ask({ method: "GET", path: "/readyz" }).catch(() => undefined);
    const namespace =
      ready?.code === 200 ? await ask({ method: "GET", path: "/api/v1/namespaces/default" }) : undefined;
    if (namespace?.code === 200) return;
    await sleep(100);
  }
  throw new Error("it did not get ready within a minute");
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await gone;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
