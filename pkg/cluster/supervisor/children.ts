/** Which processes a cluster is made of. */
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ClusterConfig, type ComponentName, componentNames, nodeParts } from "../config.ts";
import { apiServerNames, etcdDir, logFile, nodeLayout, pidFile, pkiDir } from "../layout.ts";
import { ensureProgram } from "../machine.ts";
import { furtherNodes, nodeIndexes, nodeNetns, processName } from "../node/places.ts";
import type { ChildSpec } from "./child.ts";
import { nodeEnvironment } from "./compile-cache.ts";

/** How to run this program again: `node [flags] main.ts`. */
export interface Program {
  readonly node: string;
  readonly entry: string;
}

export const thisProgram = (): Program => ({ node: process.execPath, entry: process.argv[1] ?? "" });

const startWaitMs = 15_000;

/** Resolves when something listens, or after 15 s: then the child tells in its log what it lacks. */
async function untilListening(port: number, signal: AbortSignal): Promise<void> {
  const until = performance.now() + startWaitMs;
  while (!signal.aborted && performance.now() < until && !(await accepts(port))) {
    await sleep(10, undefined, { signal }).catch(() => undefined);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function etcd(config: ClusterConfig): ChildSpec {
  const pki = pkiDir(config);
  const client = `https://127.0.0.1:${config.etcdPort}`;
  const peer = `https://127.0.0.1:${config.etcdPeerPort}`;
  const flags: Readonly<Record<string, string>> = {
    name: "kubets",
    "data-dir": etcdDir(config),
    "listen-client-urls": client,
    "advertise-client-urls": client,
    "listen-peer-urls": peer,
    "initial-advertise-peer-urls": peer,
    "initial-cluster": `kubets=${peer}`,
    "cert-file": join(pki, "etcd/server.crt"),
    "key-file": join(pki, "etcd/server.key"),
    "trusted-ca-file": join(pki, "etcd/ca.crt"),
    "client-cert-auth": "true",
    "peer-cert-file": join(pki, "etcd/peer.crt"),
    "peer-key-file": join(pki, "etcd/peer.key"),
    "peer-trusted-ca-file": join(pki, "etcd/ca.crt"),
    "peer-client-cert-auth": "true",
    "quota-backend-bytes": String(8 * 1024 ** 3),
    // A single member elects itself: the default second of waiting for other candidates would only delay the start.
    "heartbeat-interval": "20",
    "election-timeout": "200",
    // Entries kept in memory for slow followers, of which there are none.
    "snapshot-count": "5000",
    logger: "zap",
    "log-outputs": "stderr",
    "log-level": "warn",
  };
  return {
    name: "etcd",
    command: ensureProgram("etcd"),
    args: Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    env: {},
    logFile: logFile(config, "etcd"),
    pidFiles: [pidFile(config, "etcd")],
  };
}

/** A further node's processes start in its network namespace; `nsenter` becomes the program, the pid is the program's. */
function onNode(config: ClusterConfig, index: number, spec: ChildSpec): ChildSpec {
  if (index === 1) return spec;
  const args = [`--net=${nodeNetns(config, index)}`, "--", spec.command, ...spec.args];
  return { ...spec, command: ensureProgram("nsenter"), args };
}

function containerd(config: ClusterConfig, index: number): ChildSpec {
  const node = nodeLayout(config, index);
  const name = processName("containerd", index);
  return onNode(config, index, {
    name,
    command: ensureProgram("containerd"),
    args: ["--config", node.containerdConfig, "--log-level", "warn"],
    env: {},
    logFile: logFile(config, name),
    pidFiles: [pidFile(config, name)],
  });
}

/** Threads of V8's for garbage and compilation that Node starts unless told otherwise. */
const engineThreadsDefault = 4;

/**
 * What Node is told of its engine. V8's young generation, MB, stays small in processes that idle most of their lives; in the
 * API server what requests under way hold should die there, not be copied again and again. Helping threads beyond the
 * machine's processors only take the time of the one that serves.
 */
export const engineFlags = (held: readonly ComponentName[]): readonly string[] => [
  `--max-semi-space-size=${held.includes("kube-apiserver") ? 16 : 4}`,
  `--v8-pool-size=${Math.min(availableParallelism(), engineThreadsDefault)}`,
];

interface ComponentsPlan {
  readonly name: string;
  readonly held: readonly ComponentName[];
  /** Of `run`, beside where the data is. */
  readonly options?: readonly string[];
}

function components(config: ClusterConfig, program: Program, { name, held, options = [] }: ComponentsPlan): ChildSpec {
  return {
    name,
    command: program.node,
    args: [...engineFlags(held), program.entry, "run", ...options, "--data-dir", config.dataDir, ...held],
    env: nodeEnvironment(program.entry, config),
    logFile: logFile(config, name),
    pidFiles: held.map((component) => pidFile(config, component)),
    ...(held.includes("kube-apiserver") && config.etcdServers === ""
      ? { before: (signal: AbortSignal) => untilListening(config.etcdPort, signal) }
      : {}),
  };
}

/** What a further node runs beside its runtime. */
function nodeComponents(config: ClusterConfig, program: Program, index: number): ChildSpec {
  const name = processName("components", index);
  return onNode(config, index, {
    ...components(config, program, { name, held: nodeParts, options: ["--node", String(index)] }),
    pidFiles: nodeParts.map((part) => pidFile(config, processName(part, index))),
  });
}

/** Pure but for looking programs up: the processes in the order in which they start. */
export function planChildren(config: ClusterConfig, program: Program): ChildSpec[] {
  const rest = componentNames.filter((name) => name !== "kube-apiserver");
  const groups: [string, readonly ComponentName[]][] =
    config.layout === "separate" ? rest.map((name) => [name, [name]]) : [["components", rest]];
  return [
    ...(config.etcdServers === "" ? [etcd(config)] : []),
    ...(config.containerRuntimeEndpoint === "" ? nodeIndexes(config).map((index) => containerd(config, index)) : []),
    ...apiServerNames(config).map((name) => ({
      ...components(config, program, { name, held: ["kube-apiserver"] }),
      pidFiles: [pidFile(config, name)],
    })),
    ...groups.map(([name, held]) => components(config, program, { name, held })),
    ...furtherNodes(config).map((index) => nodeComponents(config, program, index)),
  ];
}
