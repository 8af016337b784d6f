/** What `kubets status` and `kubets logs` show. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { connectAdmin, isReady } from "./api.ts";
import { type ClusterConfig, componentNames, nodeParts } from "./config.ts";
import { apiServerNames, logFile, pidFile } from "./layout.ts";
import { furtherNodes, processName } from "./node/places.ts";
import { isOurs, readPidFile } from "./process-table.ts";
import { UserError } from "./progress.ts";

export interface ProcessStatus {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resident memory in bytes; the same process counts once, under its first name. */
  readonly residentBytes: number | undefined;
}

export interface ClusterStatus {
  readonly apiReady: boolean;
  readonly nodes: readonly { readonly name: string; readonly ready: boolean }[];
  readonly processes: readonly ProcessStatus[];
}

async function residentBytes(pid: number): Promise<number | undefined> {
  const text = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  const kib = /^VmRSS:\s+(\d+) kB/m.exec(text)?.[1];
  return kib === undefined ? undefined : Number(kib) * 1024;
}

const nodeProcesses = ["containerd", ...nodeParts];

function processNames(config: ClusterConfig): string[] {
  return [
    "supervisor",
    ...(config.etcdServers === "" ? ["etcd"] : []),
    ...(config.containerRuntimeEndpoint === "" ? ["containerd"] : []),
    ...apiServerNames(config),
    ...componentNames.filter((name) => name !== "kube-apiserver"),
    ...furtherNodes(config).flatMap((index) => nodeProcesses.map((name) => processName(name, index))),
  ];
}

async function processStatus(config: ClusterConfig): Promise<ProcessStatus[]> {
  const seen = new Set<number>();
  const rows: ProcessStatus[] = [];
  for (const name of processNames(config)) {
    const found = readPidFile(pidFile(config, name));
    const pid = found !== undefined && isOurs(found, config.runDir) ? found : undefined;
    const counts = pid !== undefined && !seen.has(pid);
    if (pid !== undefined) seen.add(pid);
    rows.push({ name, pid, residentBytes: counts ? await residentBytes(pid) : undefined });
  }
  return rows;
}

interface NodeLike {
  readonly metadata: { readonly name: string };
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] };
}

async function nodeStatus(config: ClusterConfig): Promise<Pick<ClusterStatus, "apiReady" | "nodes">> {
  try {
    using api = await connectAdmin(config);
    if (!(await isReady(api))) return { apiReady: false, nodes: [] };
    const { body } = await api.call("GET", "/api/v1/nodes");
    const items = (body as { items?: readonly NodeLike[] }).items ?? [];
    const nodes = items.map((node) => ({
      name: node.metadata.name,
      ready: node.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") ?? false,
    }));
    return { apiReady: true, nodes };
  } catch {
    return { apiReady: false, nodes: [] };
  }
}

export async function clusterStatus(config: ClusterConfig): Promise<ClusterStatus> {
  const [processes, api] = await Promise.all([processStatus(config), nodeStatus(config)]);
  return { ...api, processes };
}

/** True when everything runs and every node is ready. */
export const isHealthy = (status: ClusterStatus): boolean =>
  status.apiReady &&
  status.nodes.length > 0 &&
  status.nodes.every((node) => node.ready) &&
  status.processes.every((row) => row.pid !== undefined);

/** Text for people. */
export function formatStatus(status: ClusterStatus): string {
  const rows = status.processes.map(({ name, pid, residentBytes: bytes }) => {
    const memory = bytes === undefined ? "" : `${Math.round(bytes / 1024 / 1024)} MB`;
    return `${name.padEnd(26)}${(pid === undefined ? "not running" : String(pid)).padEnd(13)}${memory}`.trimEnd();
  });
  const nodes = status.nodes.map((node) => `${node.name.padEnd(26)}${node.ready ? "Ready" : "NotReady"}`);
  return [
    `${"PROCESS".padEnd(26)}${"PID".padEnd(13)}MEMORY`,
    ...rows,
    "",
    `API server: ${status.apiReady ? "ready" : "not ready"}`,
    ...nodes,
  ].join("\n");
}

/** The log that holds a component's lines: its own, or that of the process which it shares. */
async function logOf(config: ClusterConfig, component: string): Promise<string> {
  const own = logFile(config, component);
  const shared = logFile(config, "components");
  const isComponent = (componentNames as readonly string[]).includes(component);
  if (config.layout === "combined" && isComponent && component !== "kube-apiserver") return shared;
  if (existsSync(own)) return own;
  const names = (await readdir(dirname(own)).catch(() => []))
    .filter((name) => name.endsWith(".log"))
    .map((name) => name.slice(0, -".log".length));
  throw new UserError(`There is no log of ${component}; there are: ${names.join(", ") || "none"}.`);
}

/** Copies the end of a log to standard output. Ends when `tail` does. */
export async function showLogs(
  config: ClusterConfig,
  options: { component: string; lines: number; follow: boolean },
): Promise<void> {
  const path = await logOf(config, options.component);
  const args = ["-n", String(options.lines), ...(options.follow ? ["-F"] : []), path];
  const tail = spawn("tail", args, { stdio: ["ignore", "inherit", "inherit"] });
  await new Promise((resolve) => tail.once("exit", resolve));
}
