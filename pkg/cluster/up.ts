/** Starting a cluster, from nothing or from what `down` left. */
import { readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { ensureAddons, ensurePodCidr } from "./addons.ts";
import { type AdminApi, connectAdmin, isReady, until } from "./api.ts";
import { type ClusterConfig, readConfig, writeConfig } from "./config.ts";
import { stopCluster } from "./down.ts";
import { ensureBuiltinImages } from "./images/load.ts";
import { adminKubeconfig, lockName, logFile, nodeLayout, stoppingFile } from "./layout.ts";
import { checkMachine, ensureRoot } from "./machine.ts";
import { findNodeIp, setUpNetwork } from "./node/network.ts";
import { nodeIndexes, processName } from "./node/places.ts";
import { mergeUserKubeconfig, prepareNode, preparePki } from "./prepare.ts";
import { clusterProcesses } from "./process-table.ts";
import { type Progress, UserError } from "./progress.ts";
import { thisProgram } from "./supervisor/children.ts";
import { launchSupervisor, supervisorPid } from "./supervisor/launch.ts";
import { tryLock } from "./supervisor/lock.ts";

const stepMs = 20_000;
const tailLines = 5;
const tailColumns = 300;

function listens(target: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** The last lines of a component's log, for a failure that the user should see the reason of. */
async function logTail(config: ClusterConfig, component: string): Promise<string> {
  const text = await readFile(logFile(config, component), "utf8").catch(() => "");
  const lines = text.trimEnd().split("\n").slice(-tailLines);
  return lines.map((line) => line.slice(0, tailColumns)).join("\n");
}

async function expectSoon(config: ClusterConfig, component: string, probe: () => Promise<boolean>): Promise<void> {
  if (await until(probe, stepMs)) return;
  const tail = await logTail(config, component);
  throw new UserError(
    `${component} was not ready within ${stepMs / 1000} s; the end of ${logFile(config, component)}:\n${tail}`,
  );
}

interface NodeLike {
  readonly status?: {
    readonly conditions?: readonly {
      readonly type: string;
      readonly status: string;
      readonly lastHeartbeatTime?: string;
    }[];
  };
}

/** A node that was ready before it went down still says so: only what it reported since `since` (whole seconds) counts. */
async function nodeIsReady(api: AdminApi, name: string, since: number): Promise<boolean> {
  try {
    const { status, body } = await api.call("GET", `/api/v1/nodes/${name}`);
    const ready = (body as NodeLike).status?.conditions?.find((condition) => condition.type === "Ready");
    return status === 200 && ready?.status === "True" && Date.parse(ready.lastHeartbeatTime ?? "") >= since;
  } catch {
    return false;
  }
}

async function awaitContainerd(config: ClusterConfig, index: number): Promise<void> {
  const path = nodeLayout(config, index).containerdSocket;
  await expectSoon(config, processName("containerd", index), () => listens({ path }));
}

async function awaitRuntime(config: ClusterConfig, progress: Progress): Promise<void> {
  if (config.containerRuntimeEndpoint === "") {
    await progress.step("containerd", () =>
      Promise.all(nodeIndexes(config).map((index) => awaitContainerd(config, index))),
    );
  }
  await progress.step("images kubets.dev/pause, kubets.dev/busybox", () => ensureBuiltinImages(config));
}

async function awaitControlPlane(config: ClusterConfig, progress: Progress): Promise<void> {
  if (config.etcdServers === "") {
    const etcd = { host: "127.0.0.1", port: config.etcdPort };
    await progress.step("etcd", () => expectSoon(config, "etcd", () => listens(etcd)));
  }
  using api = await connectAdmin(config);
  await progress.step("API server", () => expectSoon(config, "kube-apiserver", () => isReady(api)));
  await progress.step("cluster DNS and roles", () => ensureAddons(api, config));
}

interface Awaited {
  readonly config: ClusterConfig;
  readonly index: number;
  readonly progress: Progress;
  /** Milliseconds since 1970. */
  readonly since: number;
}

async function awaitNode({ config, index, progress, since }: Awaited): Promise<void> {
  using api = await connectAdmin(config);
  const alone = index === 1 && config.layout === "separate";
  const log = alone ? "kubelet" : processName("components", index);
  const { name } = nodeLayout(config, index);
  await progress.step(`node ${name} ready`, () => expectSoon(config, log, () => nodeIsReady(api, name, since)));
  await ensurePodCidr(api, config, index);
}

const commandsToTry = (config: ClusterConfig): string => {
  const kubectl = config.mergeKubeconfig
    ? `kubectl --context ${config.name}`
    : `kubectl --kubeconfig ${adminKubeconfig(config)}`;
  return `
Try:
  ${kubectl} get nodes,pods -A -o wide
  ${kubectl} create deployment web --image=kubets.dev/busybox --replicas=3 -- httpd -f -p 8080 -h /www
  ${kubectl} expose deployment web --port=80 --target-port=8080 && ${kubectl} run -it --rm try --image=kubets.dev/busybox --restart=Never -- wget -qO- http://web/cgi-bin/hostname`;
};

async function startEverything(config: ClusterConfig, progress: Progress): Promise<void> {
  const pki = await progress.step("certificates and configuration", async () => {
    await writeConfig(config);
    const [made] = await Promise.all([
      preparePki(config),
      setUpNetwork(config),
      ...nodeIndexes(config).map((index) => prepareNode(config, index)),
    ]);
    return made;
  });
  await rm(stoppingFile(config), { force: true });
  const since = Math.floor(Date.now() / 1000) * 1000;
  launchSupervisor(config, thisProgram());
  await Promise.all([awaitRuntime(config, progress), awaitControlPlane(config, progress)]);
  await Promise.all(nodeIndexes(config).map((index) => awaitNode({ config, index, progress, since })));
  const notice = config.mergeKubeconfig ? await mergeUserKubeconfig(config, pki) : undefined;
  if (notice !== undefined) progress.note(notice);
}

/** Whether every part of a running cluster still is there; a missing supervisor is started again. */
async function reuseRunning(config: ClusterConfig, progress: Progress): Promise<boolean> {
  if (clusterProcesses(config.runDir).length === 0) return false;
  if (supervisorPid(config) === undefined) {
    await rm(stoppingFile(config), { force: true });
    launchSupervisor(config, thisProgram());
    await until(async () => supervisorPid(config) !== undefined, stepMs);
    progress.note("The supervisor was gone; it is started again.");
  }
  using api = await connectAdmin(config);
  await expectSoon(config, "kube-apiserver", () => isReady(api));
  const { nodes = config.nodes } = (await readConfig(config.dataDir)) ?? {};
  if (nodes !== config.nodes) {
    progress.note(
      `It keeps its number of nodes, ${nodes}: \`kubets down\` first, then \`kubets up --nodes ${config.nodes}\`.`,
    );
  }
  progress.note(`The cluster is running already: kubectl --context ${config.name} get nodes`);
  return true;
}

/** Throws a UserError when it cannot; then nothing of what it started is left running. */
export async function startCluster(asked: ClusterConfig, progress: Progress): Promise<void> {
  const start = performance.now();
  ensureRoot();
  const lock = await tryLock(lockName(asked, "up"));
  if (!lock) throw new UserError("Another `kubets up` or `down` is at work for this cluster: wait for it.");
  try {
    if (await reuseRunning(asked, progress)) return;
    const config = await progress.step("machine checked", async () => {
      await checkMachine(asked);
      return { ...asked, nodeIp: await findNodeIp(asked) };
    });
    try {
      await startEverything(config, progress);
    } catch (error) {
      progress.note("Stopping again what was started.");
      await stopCluster(config, { progress, graceSeconds: 0 });
      throw error;
    }
    progress.note(`The cluster is up after ${((performance.now() - start) / 1000).toFixed(1)} s.`);
    progress.note(commandsToTry(config));
  } finally {
    lock.close();
  }
}
