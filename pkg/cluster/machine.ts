/** Is this a machine that a node can run on? Each problem is one sentence that says what to do. */
import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { promisify } from "node:util";
import type { ClusterConfig } from "./config.ts";
import { nodesMax } from "./node/places.ts";
import { UserError } from "./progress.ts";

const run = promisify(execFile);

const programDirs = ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin"];

/** The full path of a program, or undefined. sbin directories count even where the user's PATH lacks them. */
export function findProgram(name: string): string | undefined {
  const dirs = [...(process.env["PATH"] ?? "").split(":").filter((dir) => dir !== ""), ...programDirs];
  return dirs.map((dir) => `${dir}/${name}`).find((path) => existsSync(path));
}

/** The full path of a program that the cluster cannot do without. */
export function ensureProgram(name: string): string {
  const path = findProgram(name);
  if (path === undefined) throw new UserError(`The program ${name} is not installed: run \`make deps\`.`);
  return path;
}

/** Where the CNI plugins lie: Debian's place, or upstream's. */
export function findCniDir(): string {
  const dir = ["/usr/lib/cni", "/opt/cni/bin"].find((candidate) => existsSync(`${candidate}/bridge`));
  if (dir === undefined) throw new UserError("The CNI plugins are not installed: run `make deps`.");
  return dir;
}

export function ensureRoot(): void {
  if (process.getuid?.() !== 0) throw new UserError("A node needs root: run it again as root (or with sudo).");
}

function ensurePrograms(config: ClusterConfig): void {
  const own = [
    ...(config.etcdServers === "" ? ["etcd"] : []),
    ...(config.containerRuntimeEndpoint === "" ? ["containerd", "ctr", "runc"] : []),
  ];
  for (const name of [...own, "nft", "iptables", "ip", "busybox", "unshare", "nsenter"]) ensureProgram(name);
  findCniDir();
}

interface Feature {
  readonly name: string;
  /** Modules worth loading when the probe fails. */
  readonly modules: readonly string[];
  probe(): Promise<boolean>;
}

async function succeeds(command: string, args: readonly string[]): Promise<boolean> {
  try {
    await run(ensureProgram(command), [...args], { timeout: 5000 });
    return true;
  } catch {
    return false;
  }
}

/** Tries a kind of link in a network namespace of its own, so that nothing is left behind. */
const linkWorks = (...link: string[]) => succeeds("unshare", ["-n", ensureProgram("ip"), "link", "add", ...link]);

const features: readonly Feature[] = [
  {
    name: "overlayfs",
    modules: ["overlay"],
    probe: async () => /\boverlay$/m.test(readFileSync("/proc/filesystems", "utf8")),
  },
  { name: "network namespaces", modules: [], probe: async () => existsSync("/proc/self/ns/net") },
  { name: "bridge devices", modules: ["bridge"], probe: () => linkWorks("kubets-probe", "type", "bridge") },
  {
    name: "veth devices",
    modules: ["veth"],
    probe: () => linkWorks("kubets-a", "type", "veth", "peer", "name", "kubets-b"),
  },
  {
    name: "nf_tables",
    modules: ["nf_tables", "nft_chain_nat"],
    probe: () => succeeds("unshare", ["-n", ensureProgram("nft"), "add", "table", "ip", "kubets-probe"]),
  },
];

async function ensureFeature(feature: Feature): Promise<void> {
  if (await feature.probe()) return;
  for (const module of feature.modules) await succeeds("modprobe", [module]).catch(() => false);
  if (!(await feature.probe())) {
    throw new UserError(`This kernel has no ${feature.name}, which a node needs: use a kernel that has it.`);
  }
}

export interface PortNeed {
  readonly port: number;
  readonly host: string;
  readonly owner: string;
  readonly flag: string;
}

/** Pure: which ports the cluster will listen on. */
export function portsNeeded(config: ClusterConfig): PortNeed[] {
  const local = "127.0.0.1";
  const own = (host: string, port: number, owner: string, flag: string): PortNeed => ({ host, port, owner, flag });
  return [
    own(config.bindAddress, config.securePort, "the API server", "--secure-port"),
    own("0.0.0.0", config.kubeletPort, "the kubelet", "--kubelet-port"),
    own(local, config.kubeletHealthzPort, "the kubelet's health check", "--kubelet-healthz-port"),
    own(local, config.controllerManagerPort, "the controller manager", "--controller-manager-port"),
    own(local, config.schedulerPort, "the scheduler", "--scheduler-port"),
    own(local, config.proxyMetricsPort, "the service proxy's metrics", "--proxy-metrics-port"),
    own("0.0.0.0", config.proxyHealthzPort, "the service proxy's health check", "--proxy-healthz-port"),
    own("0.0.0.0", config.dnsPort, "the cluster DNS", "--dns-port"),
    own(local, config.registryPort, "the built-in images", "--registry-port"),
    ...(config.etcdServers === ""
      ? [
          own(local, config.etcdPort, "etcd", "--etcd-port"),
          own(local, config.etcdPeerPort, "etcd's peers", "--etcd-peer-port"),
        ]
      : []),
  ];
}

/** Whether nobody listens there. */
export function portIsFree(need: Pick<PortNeed, "host" | "port">): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen({ host: need.host, port: need.port, exclusive: true }, () => probe.close(() => resolve(true)));
  });
}

/** `name (pid N)` of whoever listens on a port, as `ss` tells it. */
async function listenerOn(port: number): Promise<string> {
  try {
    const { stdout } = await run(ensureProgram("ss"), ["-Hltnp", `sport = :${port}`], { timeout: 5000 });
    const match = /users:\(\("([^"]+)",pid=(\d+)/.exec(stdout);
    return match ? `${match[1]} (pid ${match[2]})` : "another process";
  } catch {
    return "another process";
  }
}

async function ensurePort(need: PortNeed): Promise<void> {
  if (await portIsFree(need)) return;
  const holder = await listenerOn(need.port);
  throw new UserError(
    `Port ${need.port}, which ${need.owner} needs, is taken by ${holder}: stop that or choose another with ${need.flag}.`,
  );
}

function ensureNodes({ nodes, clusterCidr, containerRuntimeEndpoint }: ClusterConfig): void {
  const podRanges = 2 ** (24 - Number(clusterCidr.split("/")[1]));
  const max = Math.min(nodesMax, podRanges);
  if (!Number.isInteger(nodes) || nodes < 1 || nodes > max) {
    throw new UserError(`--nodes must be a whole number from 1 to ${max}, which is what ${clusterCidr} has room for.`);
  }
  if (nodes > 1 && containerRuntimeEndpoint !== "") {
    throw new UserError("Several nodes each need a runtime of their own: leave --container-runtime-endpoint out.");
  }
}

/** Throws a UserError for the first thing that stands in the way. Changes nothing but, at most, loads kernel modules. */
export async function checkMachine(config: ClusterConfig): Promise<void> {
  ensureRoot();
  ensureNodes(config);
  ensurePrograms(config);
  await Promise.all([...features.map(ensureFeature), ...portsNeeded(config).map(ensurePort)]);
}
