/** What runs: pid files that cannot be fooled by a reused pid, found through a mark in each child's environment. */
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** `KUBETS_CLUSTER=<run directory>` marks every process of a cluster; containerd's shims inherit it. */
export const clusterMark = "KUBETS_CLUSTER";
/** `KUBETS_PROCESS=<name>` tells which one it is. */
export const processMark = "KUBETS_PROCESS";

/** The environment of a live process, or undefined when there is none (a zombie has none either). */
function environmentOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/environ`, "utf8");
    return text === "" ? undefined : text.split("\0");
  } catch {
    return undefined;
  }
}

/** True when `pid` is a live process of the cluster in `runDir`, and (where given) the one called `name`. */
export function isOurs(pid: number, runDir: string, name?: string): boolean {
  const environment = environmentOf(pid);
  if (!environment?.includes(`${clusterMark}=${runDir}`)) return false;
  return name === undefined || environment.includes(`${processMark}=${name}`);
}

export function readPidFile(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, "utf8").trim());
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export async function writePidFile(path: string, pid: number): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}.new`;
  await writeFile(draft, `${pid}\n`);
  await rename(draft, path);
}

/** Every live process of the cluster, shims too, except this one. */
export function clusterProcesses(runDir: string): number[] {
  return readdirSync("/proc")
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && pid > 1 && pid !== process.pid && isOurs(pid, runDir));
}

/** Sends a signal; a process that is gone already is fine. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** SIGTERM, then SIGKILL after `graceMs`. Resolves when the process is gone (or 2 s after the kill at the latest). */
export async function stopProcess(pid: number, runDir: string, graceMs: number): Promise<void> {
  if (!isOurs(pid, runDir)) return;
  signalProcess(pid, "SIGTERM");
  if (await gone(pid, runDir, graceMs)) return;
  if (isOurs(pid, runDir)) signalProcess(pid, "SIGKILL");
  await gone(pid, runDir, 2000);
}

async function gone(pid: number, runDir: string, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (isOurs(pid, runDir)) {
    if (performance.now() > until) return false;
    await sleep(10);
  }
  return true;
}

export async function removeFiles(paths: readonly string[]): Promise<void> {
  await Promise.all(paths.map((path) => rm(path, { force: true })));
}
