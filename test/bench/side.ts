/** A control plane of either maker over an etcd of its own, without nodes: what the load is put on. */
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureAddons } from "#pkg/cluster/addons.ts";
import { type AdminApi, connectAdmin, isReady } from "#pkg/cluster/api.ts";
import { apiServerUrl } from "#pkg/cluster/apiserver-flags.ts";
import { type ClusterConfig, defaults, writeConfig } from "#pkg/cluster/config.ts";
import { pkiDir, stoppingFile } from "#pkg/cluster/layout.ts";
import { preparePki } from "#pkg/cluster/prepare.ts";
import { planChildren } from "#pkg/cluster/supervisor/children.ts";
import { oracleBinary } from "#test/compare/live/servers.ts";
import { startEtcd } from "#test/support/etcd.ts";
import { type Command, commandOf } from "#test/swap/commands.ts";
import { Processes } from "#test/swap/processes.ts";

/**
 * `ours` as `kubets up` starts it: one process beside the API server; `ours-separate`: with `--layout separate`;
 * `upstream-scheduler`: theirs with our API server.
 */
export type SideName = (typeof sideNames)[number];
export const sideNames = ["upstream", "ours", "ours-separate", "upstream-scheduler"] as const;

/** What a process does, by which its figures go into the table. */
export type Role = "server" | "controllers" | "scheduler" | "controllers+scheduler";

interface Launch {
  readonly name: string;
  readonly command: Command;
  readonly env?: Readonly<Record<string, string>>;
}

export interface SideOptions {
  readonly name: SideName;
  /** Without controllers the scheduler is alone. */
  readonly controllers: boolean;
  /** More arguments of Node for every process of ours: `--cpu-prof`. */
  readonly nodeFlags?: readonly string[];
  readonly signal: AbortSignal;
}

export interface Side extends AsyncDisposable {
  readonly name: SideName;
  readonly url: string;
  /** Holds ca.crt, admin.crt and admin.key. */
  readonly pkiDir: string;
  readonly pids: ReadonlyMap<Role, number>;
  /** Throws when a process ended by itself. */
  ensureAlive(): Promise<void>;
}

const entry = new URL("../../dist/kubets.mjs", import.meta.url).pathname;
const readyMsMax = 60_000;
const everyMs = 50;
/** Upstream's clients limit themselves to a few requests a second unless told otherwise; ours have no such limit. */
const requestsPerSecondMax = "5000";

/** Throws with the names of programs that are missing. */
export function ensurePrograms(names: readonly string[]): void {
  const paths = [entry, ...names.map(oracleBinary)];
  const missing = paths.filter((path) => !existsSync(path));
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing: make build, make oracle`);
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, "127.0.0.1"));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.once("listening", resolve))));
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

async function configOf(name: SideName, directory: string, etcdServers: string): Promise<ClusterConfig> {
  const [securePort, controllerManagerPort, schedulerPort] = await freePorts(3);
  if (!securePort || !controllerManagerPort || !schedulerPort) throw new Error("no free ports");
  return {
    ...defaults,
    dataDir: join(directory, "data"),
    runDir: join(directory, "run"),
    bindAddress: "127.0.0.1",
    // Only advertised, to nodes that are not there; a documentation address, since loopback ones are refused in endpoints.
    nodeIp: "192.0.2.1",
    securePort,
    controllerManagerPort,
    schedulerPort,
    etcdServers,
    // As it would know of an etcd of its own.
    etcdSoleWriter: true,
    // No containerd is started for a node that is not there.
    containerRuntimeEndpoint: "unix:///nowhere",
    layout: name === "ours-separate" ? "separate" : "combined",
    mergeKubeconfig: false,
  };
}

const nodeParts = ["kubelet", "kube-proxy", "kube-dns"];

/** The very commands of the supervisor, without what nodes run. */
function ourLaunches(config: ClusterConfig, { controllers, nodeFlags = [] }: SideOptions): [Role, Launch][] {
  const unwanted = controllers ? nodeParts : [...nodeParts, "kube-controller-manager"];
  const roles: Readonly<Record<string, Role>> = {
    "kube-apiserver": "server",
    "kube-controller-manager": "controllers",
    "kube-scheduler": "scheduler",
    components: controllers ? "controllers+scheduler" : "scheduler",
  };
  return planChildren(config, { node: process.execPath, entry })
    .filter(({ name }) => !unwanted.includes(name))
    .map(({ name, command, args, env }) => {
      const role = roles[name];
      if (!role) throw new Error(`${name} was not expected among a cluster's processes`);
      const wanted = args.filter((arg) => !unwanted.includes(arg));
      return [role, { name, command: { file: command, args: [...nodeFlags, ...wanted] }, env }];
    });
}

function upstreamLaunches(config: ClusterConfig, { controllers }: SideOptions): [Role, Launch][] {
  const launch = (component: "kube-apiserver" | "kube-controller-manager" | "kube-scheduler", ...more: string[]) => {
    const { file, args } = commandOf(config, { component, maker: "upstream" }, join(oracleBinary(component), ".."));
    return { name: component, command: { file, args: [...args, ...more] } };
  };
  const client = [`--kube-api-qps=${requestsPerSecondMax}`, `--kube-api-burst=${requestsPerSecondMax}`];
  const manager = launch("kube-controller-manager", ...client, `--secure-port=${config.controllerManagerPort}`);
  return [
    ["server", launch("kube-apiserver")],
    ...(controllers ? [["controllers", manager] as [Role, Launch]] : []),
    ["scheduler", launch("kube-scheduler", ...client, `--secure-port=${config.schedulerPort}`)],
  ];
}

function launchesOf(config: ClusterConfig, options: SideOptions): [Role, Launch][] {
  if (options.name === "upstream") return upstreamLaunches(config, options);
  const ours = ourLaunches(config, options);
  if (options.name !== "upstream-scheduler") return ours;
  const server = ours.filter(([role]) => role === "server");
  return [...server, ...upstreamLaunches(config, options).filter(([role]) => role === "scheduler")];
}

async function untilReady(api: AdminApi, processes: Processes, signal: AbortSignal): Promise<void> {
  const end = performance.now() + readyMsMax;
  const made = async () => (await api.call("GET", "/api/v1/namespaces/kube-node-lease")).status === 200;
  while (!((await isReady(api)) && (await made()))) {
    await processes.ensureAlive();
    if (performance.now() > end) throw new Error(`the API server was not ready within ${readyMsMax / 1000} s`);
    await sleep(everyMs, undefined, { signal });
  }
}

/** Resolves once the API server is ready and the others are started. Throws with the reason; then nothing is left running. */
export async function startSide(options: SideOptions): Promise<Side> {
  const { name, signal } = options;
  const stack = new AsyncDisposableStack();
  try {
    const directory = await mkdtemp(join(tmpdir(), `kubets-bench-${name}-`));
    stack.defer(() => rm(directory, { recursive: true, force: true }));
    const etcd = stack.use(await startEtcd());
    const config = await configOf(name, directory, etcd.endpoint);
    await mkdir(config.runDir, { recursive: true });
    // Ours would otherwise start a supervisor, which starts everything.
    await writeFile(stoppingFile(config), "");
    await Promise.all([preparePki(config), writeConfig(config)]);
    const processes = stack.use(new Processes(directory));
    const pids = new Map<Role, number>();
    using api = await connectAdmin(config);
    for (const [role, { name: process, command, env = {} }] of launchesOf(config, options)) {
      pids.set(role, processes.start(process, command, { env, detached: true }));
      if (role !== "server") continue;
      await untilReady(api, processes, signal);
      if (name !== "upstream") await ensureAddons(api, config);
    }
    const running = stack.move();
    return {
      name,
      url: apiServerUrl(config),
      pkiDir: pkiDir(config),
      pids,
      ensureAlive: () => processes.ensureAlive(),
      [Symbol.asyncDispose]: () => running.disposeAsync(),
    };
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
}
