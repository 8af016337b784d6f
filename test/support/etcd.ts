/** A private etcd for a test: a child process on free loopback ports, its data in a temporary directory. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const READY_MS_MAX = 10_000;
const STOP_MS_MAX = 5_000;

export interface TestEtcd extends AsyncDisposable {
  /** `http://127.0.0.1:<port>`. */
  readonly endpoint: string;
  readonly pid: number;
  /** Kills it as a crash does (SIGKILL); the data stays. */
  crash(): Promise<void>;
  /** Starts it again on the same ports and data; resolves when it answers. */
  restart(): Promise<void>;
}

export interface TestEtcdOptions {
  /** Where the data directory is made; default the system's. */
  readonly directory?: string;
  /** More flags, `--quota-backend-bytes=16777216`. */
  readonly flags?: readonly string[];
  /** Waits for the disk on each commit; tests rather do not (`--unsafe-no-fsync` is etcd ≥ 3.5 only, so the default is a tmpfs). */
  readonly onDisk?: boolean;
}

/** Throws when etcd is not installed, or does not answer within ten seconds; its log is then in the message. */
export async function startEtcd(options: TestEtcdOptions = {}): Promise<TestEtcd> {
  const data = await mkdtemp(join(options.directory ?? defaultDirectory(options), "kubets-etcd-"));
  const [client, peer] = await freePorts(2);
  const endpoint = `http://127.0.0.1:${client}`;
  const flags = [
    `--data-dir=${data}`,
    "--name=test",
    `--listen-client-urls=${endpoint}`,
    `--advertise-client-urls=${endpoint}`,
    `--listen-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-advertise-peer-urls=http://127.0.0.1:${peer}`,
    `--initial-cluster=test=http://127.0.0.1:${peer}`,
    "--log-level=error",
    "--logger=zap",
    ...(options.flags ?? []),
  ];
  const run = async (): Promise<ChildProcess> => {
    const child = spawn("etcd", flags, { stdio: ["ignore", "ignore", "pipe"] });
    await untilReady(child, endpoint);
    return child;
  };
  const cleanUp = (): Promise<void> => rm(data, { recursive: true, force: true });
  let child = await run().catch(async (error: unknown) => {
    await cleanUp();
    throw error;
  });
  return {
    endpoint,
    get pid() {
      return child.pid ?? 0;
    },
    crash: () => end(child, "SIGKILL"),
    async restart() {
      child = await run();
    },
    async [Symbol.asyncDispose]() {
      await end(child, "SIGTERM");
      await cleanUp();
    },
  };
}

const defaultDirectory = ({ onDisk }: TestEtcdOptions): string => (onDisk ? tmpdir() : "/dev/shm");

/** Free when asked; the caller listens on them soon after. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => once(server, "listening")));
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === "object" && address ? address.port : 0;
  });
  await Promise.all(servers.map((server) => once(server.close(), "close")));
  return ports;
}

async function untilReady(child: ChildProcess, endpoint: string): Promise<void> {
  let log = "";
  let failure: Error | undefined;
  child.stderr?.on("data", (chunk: Buffer) => {
    log = (log + chunk.toString()).slice(-4096);
  });
  child.once("error", (error) => {
    failure = error;
  });
  const until = Date.now() + READY_MS_MAX;
  while (!failure && child.exitCode === null && Date.now() < until) {
    const healthy = await fetch(`${endpoint}/health`).then(
      async (answer) => answer.ok && ((await answer.json()) as { health: string }).health === "true",
      () => false,
    );
    if (healthy) return;
    await sleep(20);
  }
  await end(child, "SIGKILL");
  throw new Error(`etcd did not become ready: ${failure?.message ?? ""}\n${log}`);
}

/** Ends exactly this child and waits for it. */
async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const exited = once(child, "exit");
  child.kill(signal);
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MS_MAX);
  await exited;
  clearTimeout(timer);
}
