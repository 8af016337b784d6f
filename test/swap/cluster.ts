/** A cluster whose components are of either maker, in the sandbox that this process is in. */
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
import { nodeCgroupRoot, nodeIndexes, processName } from "#pkg/cluster/node/places.ts";
import { prepareNode, preparePki } from "#pkg/cluster/prepare.ts";
import { planChildren } from "#pkg/cluster/supervisor/children.ts";
import { makeCgroups } from "#test/support/sandbox.ts";
import { type Combination, makerOf, type Swappable } from "./combination.ts";
import { commandOf, dnsCommand, kubeletConfigFile, kubeletConfiguration } from "./commands.ts";
import { type Kubectl, kubectlOf } from "./kubectl.ts";
import { Processes } from "./processes.ts";

const startMs = 60_000;
const everyMs = 50;

export interface SwapCluster extends AsyncDisposable {
  readonly config: ClusterConfig;
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
  /** How many; 1 when absent. */
  readonly nodes?: number;
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

async function prepare({ directory, cgroup, nodes = 1 }: SwapOptions): Promise<ClusterConfig> {
  const place = { dataDir: join(directory, "data"), runDir: join(directory, "run") };
  const bare: ClusterConfig = { ...defaults, ...place, nodes, cgroupRoot: cgroup, mergeKubeconfig: false };
  const config = { ...bare, nodeIp: await findNodeIp(bare) };
  await Promise.all([preparePki(config), setUpNetwork(config)]);
  for (const index of nodeIndexes(config)) {
    await prepareNode(config, index);
    await makeCgroups(nodeCgroupRoot(config, index));
    await writeFile(kubeletConfigFile(config, index), kubeletConfiguration(config, index));
  }
  return config;
}

/** etcd and each node's containerd as our own clusters have them. */
function startFoundations(config: ClusterConfig, processes: Processes): void {
  const program = { node: process.execPath, entry: "" };
  const specs = planChildren(config, program).filter(({ name }) => /^(etcd|containerd)(\.|$)/.test(name));
  if (specs.length !== 1 + config.nodes)
    throw new Error("etcd and containerd were expected among a cluster's processes");
  for (const { name, command, args } of specs) processes.start(name, { file: command, args });
}

const nodeComponents: readonly Swappable[] = ["kubelet", "kube-proxy"];

async function startComponents(
  config: ClusterConfig,
  combination: Combination,
  { processes, upstreamDir }: { processes: Processes; upstreamDir: string },
): Promise<void> {
  const start = (component: Swappable, node = 1): void => {
    const wanted = { component, maker: makerOf(combination, component), node };
    processes.start(processName(component, node), commandOf(config, wanted, upstreamDir));
  };
  start("kube-apiserver");
  using api = await connectAdmin(config);
  const made = async (path: string) => (await api.call("GET", path)).status === 200;
  await until(processes, "the API server was ready", () => isReady(api));
  await until(processes, "kube-system was there", () => made("/api/v1/namespaces/kube-system"));
  await ensureDns(api, config);
  start("kube-controller-manager");
  start("kube-scheduler");
  for (const index of nodeIndexes(config)) for (const component of nodeComponents) start(component, index);
  processes.start("kube-dns", dnsCommand(config));
  for (const index of nodeIndexes(config)) {
    await until(processes, "the node was there", () => made(`/api/v1/nodes/${nodeLayout(config, index).name}`));
    await ensurePodCidr(api, config, index);
  }
}

/** Throws with the reason when it does not come up; then nothing of it is left running. */
export async function startCluster(combination: Combination, options: SwapOptions): Promise<SwapCluster> {
  const logs = join(options.directory, "logs");
  await mkdir(logs, { recursive: true });
  const config = await prepare(options);
  const processes = new Processes(logs);
  try {
    startFoundations(config, processes);
    for (const index of nodeIndexes(config)) {
      const path = nodeLayout(config, index).containerdSocket;
      await until(processes, "containerd answered", () => accepts(path));
    }
    await ensureBuiltinImages(config);
    await startComponents(config, combination, { processes, upstreamDir: options.upstreamDir });
  } catch (error) {
    await processes[Symbol.asyncDispose]();
    throw error;
  }
  return {
    config,
    kubectl: kubectlOf(join(options.upstreamDir, "kubectl"), adminKubeconfig(config)),
    ensureAlive: () => processes.ensureAlive(),
    [Symbol.asyncDispose]: () => processes[Symbol.asyncDispose](),
  };
}
