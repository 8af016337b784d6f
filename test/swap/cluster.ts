/** A cluster of one node whose components are of either maker, in the sandbox that this process is in. */
import { mkdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureDns, ensurePodCidr } from "#pkg/cluster/addons.ts";
import { connectAdmin, isReady } from "#pkg/cluster/api.ts";
import { type ClusterConfig, defaults } from "#pkg/cluster/config.ts";
import { ensureBuiltinImages } from "#pkg/cluster/images/load.ts";
import { adminKubeconfig, nodeLayout } from "#pkg/cluster/layout.ts";
import { findNodeIp, setUpNetwork } from "#pkg/cluster/node/network.ts";
import { prepareNode, preparePki } from "#pkg/cluster/prepare.ts";
import { planChildren } from "#pkg/cluster/supervisor/children.ts";
import { makeCgroups } from "#test/support/sandbox.ts";
import { type Combination, makerOf, type Swappable, swappable } from "./combination.ts";
import { commandOf, dnsCommand, kubeletConfigFile, kubeletConfiguration } from "./commands.ts";
import { type Kubectl, kubectlOf } from "./kubectl.ts";
import { Processes } from "./processes.ts";

const startMs = 60_000;
const everyMs = 50;

export interface SwapCluster extends AsyncDisposable {
  readonly kubectl: Kubectl;
  /** Throws when a process of the cluster ended. */
  ensureAlive(): Promise<void>;
}

export interface SwapOptions {
  /** An empty directory; the logs are in `logs` below it. */
  readonly directory: string;
  readonly cgroup: string;
  /** Holds upstream's programs. */
  readonly upstreamDir: string;
}

function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Throws when a process ended meanwhile, or after a minute. */
async function until(processes: Processes, what: string, probe: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + startMs;
  while (!(await probe().catch(() => false))) {
    await processes.ensureAlive();
    if (performance.now() > end) throw new Error(`${what} not within ${startMs / 1000} s`);
    await sleep(everyMs);
  }
}

async function prepare(options: SwapOptions): Promise<ClusterConfig> {
  const { directory, cgroup } = options;
  const place = { dataDir: join(directory, "data"), runDir: join(directory, "run") };
  const bare: ClusterConfig = { ...defaults, ...place, cgroupRoot: cgroup, mergeKubeconfig: false };
  const config = { ...bare, nodeIp: await findNodeIp(bare) };
  await Promise.all([preparePki(config), setUpNetwork(config), prepareNode(config, 1), makeCgroups(cgroup)]);
  await writeFile(kubeletConfigFile(config), kubeletConfiguration(config));
  return config;
}

/** etcd and containerd as our own clusters have them. */
function startFoundations(config: ClusterConfig, processes: Processes): void {
  const program = { node: process.execPath, entry: "" };
  const specs = planChildren(config, program).filter(({ name }) => name === "etcd" || name === "containerd");
  if (specs.length !== 2) throw new Error("etcd and containerd were expected among a cluster's processes");
  for (const { name, command, args } of specs) processes.start(name, { file: command, args });
}

async function startComponents(
  config: ClusterConfig,
  combination: Combination,
  { processes, upstreamDir }: { processes: Processes; upstreamDir: string },
): Promise<void> {
  const start = (component: Swappable): void => {
    const maker = makerOf(combination, component);
    processes.start(component, commandOf(config, component, maker, upstreamDir));
  };
  start("kube-apiserver");
  using api = await connectAdmin(config);
  const made = async (path: string) => (await api.call("GET", path)).status === 200;
  await until(processes, "the API server was ready", () => isReady(api));
  await until(processes, "kube-system was there", () => made("/api/v1/namespaces/kube-system"));
  await ensureDns(api, config);
  for (const component of swappable) if (component !== "kube-apiserver") start(component);
  processes.start("kube-dns", dnsCommand(config));
  await until(processes, "the node was there", () => made("/api/v1/nodes/node-1"));
  await ensurePodCidr(api, config, 1);
}

/** Throws with the reason when it does not come up; then nothing of it is left running. */
export async function startCluster(combination: Combination, options: SwapOptions): Promise<SwapCluster> {
  const logs = join(options.directory, "logs");
  await mkdir(logs, { recursive: true });
  const config = await prepare(options);
  const processes = new Processes(logs);
  try {
    startFoundations(config, processes);
    const path = nodeLayout(config, 1).containerdSocket;
    await until(processes, "containerd answered", () => accepts(path));
    await ensureBuiltinImages(config);
    await startComponents(config, combination, { processes, upstreamDir: options.upstreamDir });
  } catch (error) {
    await processes[Symbol.asyncDispose]();
    throw error;
  }
  return {
    kubectl: kubectlOf(join(options.upstreamDir, "kubectl"), adminKubeconfig(config)),
    ensureAlive: () => processes.ensureAlive(),
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}
