/** What the processes of a control group hold, from the kernel's files of either version. */
import { readFile } from "node:fs/promises";
import type { Hierarchy } from "./manager.ts";

export interface CgroupUsage {
  /** Memory that cannot be had back without a fight: all but the file cache that was not used lately. */
  readonly workingSetBytes: number | undefined;
  readonly processes: number | undefined;
}

const memoryFiles = {
  1: { usage: "memory.usage_in_bytes", inactive: /^total_inactive_file (\d+)/m },
  2: { usage: "memory.current", inactive: /^inactive_file (\d+)/m },
} as const;

const read = (path: string): Promise<string | undefined> => readFile(path, "utf8").catch(() => undefined);

const numberIn = (text: string | undefined): number | undefined => (text === undefined ? undefined : Number(text));

async function workingSetIn(directory: string, version: Hierarchy["version"]): Promise<number | undefined> {
  const { usage, inactive } = memoryFiles[version];
  const [used, stat] = await Promise.all([read(`${directory}/${usage}`), read(`${directory}/memory.stat`)]);
  const bytes = numberIn(used);
  if (bytes === undefined || stat === undefined) return undefined;
  return Math.max(0, bytes - Number(inactive.exec(stat)?.[1] ?? 0));
}

/** `cgroup`: a path below the hierarchies; empty: all of it. What the kernel does not tell is undefined. */
export async function readCgroupUsage(hierarchies: readonly Hierarchy[], cgroup: string): Promise<CgroupUsage> {
  const holding = (controller: string) =>
    hierarchies.find(({ version, controllers }) => version === 2 || controllers.has(controller));
  const [memory, pids] = [holding("memory"), holding("pids")];
  return {
    workingSetBytes: memory && (await workingSetIn(`${memory.path}${cgroup}`, memory.version)),
    processes: pids && numberIn(await read(`${pids.path}${cgroup}/pids.current`)),
  };
}
