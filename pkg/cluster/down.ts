/** Stopping a cluster: pods first, then components, runtime and etcd; then whatever the node put into the kernel. */

import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, readdir, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { type ClusterConfig, componentNames, nodeParts } from "./config.ts";
import { apiServerNames, nodeLayout, pidFile, stoppingFile } from "./layout.ts";
import { ensureProgram } from "./machine.ts";
import { tearDownNetwork } from "./node/network.ts";
import { furtherNodes, nodeCgroupRoot, nodeIndexes, processName } from "./node/places.ts";
import { stopPods } from "./node/stop-pods.ts";
import { clusterProcesses, isOurs, readPidFile, signalProcess, stopProcess } from "./process-table.ts";
import { type Progress, UserError } from "./progress.ts";

const run = promisify(execFile);
const componentGraceMs = 5000;
const storageGraceMs = 10_000;
const killGraceMs = 2000;

export interface StopOptions {
  readonly progress: Progress;
  /** What a container gets between its stop signal and the kill, in whole seconds. */
  readonly graceSeconds: number;
}

async function stopNamed(config: ClusterConfig, names: readonly string[], graceMs: number): Promise<void> {
  const pids = new Set(names.map((name) => readPidFile(pidFile(config, name))).filter((pid) => pid !== undefined));
  await Promise.all([...pids].map((pid) => stopProcess(pid, config.runDir, graceMs)));
}

/** Processes below others, by parent: containers below their shims. */
function withDescendants(roots: readonly number[], all: ReadonlyMap<number, number>): number[] {
  const found = new Set(roots);
  for (let grew = true; grew; ) {
    grew = false;
    for (const [pid, parent] of all) {
      if (!found.has(pid) && found.has(parent)) {
        found.add(pid);
        grew = true;
      }
    }
  }
  return [...found];
}

async function parents(): Promise<Map<number, number>> {
  const result = new Map<number, number>();
  for (const name of await readdir("/proc")) {
    const pid = Number(name);
    if (!Number.isInteger(pid)) continue;
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      result.set(pid, Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended while we looked.
    }
  }
  return result;
}

/** The last resort for what the runtime did not stop: shims and the containers below them. */
async function killLeftovers(config: ClusterConfig): Promise<void> {
  const left = clusterProcesses(config.runDir);
  if (left.length === 0) return;
  for (const pid of withDescendants(left, await parents())) signalProcess(pid, "SIGKILL");
  await Promise.all(left.map((pid) => stopProcess(pid, config.runDir, killGraceMs)));
}

/** Mounts of ours that are visible here (none, when the node had its own mount namespace). Deepest first. */
async function unmountLeftovers(config: ClusterConfig): Promise<void> {
  const node = nodeLayout(config, 1);
  const under = [config.runDir, node.containerdRoot, node.kubeletRoot, join(config.dataDir, "nodes")];
  const points = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replace(/\\040/g, " "))
    .filter((point) => under.some((dir) => point.startsWith(`${dir}/`)));
  for (const point of points.toReversed()) {
    await run(ensureProgram("umount"), ["--lazy", point], { timeout: 5000 }).catch(() => undefined);
  }
}

async function removeCgroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeCgroup(join(path, entry.name));
  await rmdir(path).catch(() => undefined);
}

/** The pods' control groups, empty by now, in every hierarchy. */
async function removeCgroups(config: ClusterConfig): Promise<void> {
  const root = "/sys/fs/cgroup";
  const hierarchies = [root, ...(await readdir(root).catch(() => [])).map((name) => join(root, name))];
  const own = furtherNodes(config).map((index) => nodeCgroupRoot(config, index));
  const groups = [join(config.cgroupRoot, "kubepods"), ...own];
  await Promise.all(hierarchies.flatMap((dir) => groups.map((group) => removeCgroup(join(dir, group)))));
  if (config.cgroupRoot !== "/") {
    await Promise.all(hierarchies.map((dir) => removeCgroup(join(dir, config.cgroupRoot))));
  }
}

/** From here on nobody starts anything again. */
async function holdSupervisor(config: ClusterConfig): Promise<void> {
  await mkdir(dirname(stoppingFile(config)), { recursive: true });
  await writeFile(stoppingFile(config), "");
  const pid = readPidFile(pidFile(config, "supervisor"));
  if (pid === undefined || pid === process.pid || !isOurs(pid, config.runDir, "supervisor")) return;
  // Killed rather than asked: asked, it would stop the cluster itself, and both would be at it.
  signalProcess(pid, "SIGKILL");
}

async function stopAllPods(config: ClusterConfig, graceSeconds: number): Promise<void> {
  if (config.containerRuntimeEndpoint !== "") return;
  const stop = async (index: number) => {
    const containerd = readPidFile(pidFile(config, processName("containerd", index)));
    if (containerd === undefined || !isOurs(containerd, config.runDir)) return;
    // A runtime that does not answer is dealt with by killLeftovers.
    await stopPods({ socket: nodeLayout(config, index).containerdSocket, graceSeconds }).catch(() => 0);
  };
  await Promise.all(nodeIndexes(config).map(stop));
}

/** Stops everything, whatever state it is in; a second call finds nothing to do. State on disk stays. */
export async function stopCluster(config: ClusterConfig, options: StopOptions): Promise<void> {
  const { progress } = options;
  const further = furtherNodes(config).flatMap((index) => nodeParts.map((name) => processName(name, index)));
  const components = [...componentNames.filter((name) => name !== "kube-apiserver"), ...further];
  const runtimes = nodeIndexes(config).map((index) => processName("containerd", index));
  await holdSupervisor(config);
  await progress.step("stop components", () => stopNamed(config, components, componentGraceMs));
  await progress.step("stop pods", () => stopAllPods(config, options.graceSeconds));
  await progress.step("stop API server, containerd, etcd", async () => {
    await stopNamed(config, apiServerNames(config), componentGraceMs);
    await stopNamed(config, [...runtimes, "etcd"], storageGraceMs);
    await killLeftovers(config);
  });
  await progress.step("clear network and mounts", async () => {
    await unmountLeftovers(config);
    await Promise.all([tearDownNetwork(config), removeCgroups(config)]);
    const addresses = nodeIndexes(config).map((index) => nodeLayout(config, index).cniStateDir);
    await Promise.all(addresses.map((dir) => rm(dir, { recursive: true, force: true })));
    await rm(config.runDir, { recursive: true, force: true });
  });
}

/** Removes the state of a stopped cluster. */
export async function removeState(config: ClusterConfig): Promise<void> {
  if (clusterProcesses(config.runDir).length > 0) throw new UserError("The cluster still runs: stop it first.");
  await rm(config.dataDir, { recursive: true, force: true });
}
