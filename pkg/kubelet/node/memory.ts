/** How much of the machine's memory can still be had. */
import { readFile } from "node:fs/promises";
import type { CgroupManager } from "../cgroups/manager.ts";

export interface NodeMemory {
  readonly capacityBytes: number;
  /** All that is not free. */
  readonly usedBytes: number;
  readonly workingSetBytes: number;
  /** Capacity less working set. */
  readonly availableBytes: number;
}

/**
 * The working set is that of the root control group, as upstream counts; where the kernel keeps none of that (version 2),
 * all that is used but for the file cache that was not used lately.
 */
export async function readNodeMemory(cgroups: Pick<CgroupManager, "machineUsage">): Promise<NodeMemory> {
  const [text, group] = await Promise.all([readFile("/proc/meminfo", "utf8"), cgroups.machineUsage()]);
  const bytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1] ?? 0) * 1024;
  const capacityBytes = bytes("MemTotal");
  const usedBytes = capacityBytes - bytes("MemFree");
  const counted = group.workingSetBytes ?? usedBytes - bytes("Inactive\\(file\\)");
  const workingSetBytes = Math.min(capacityBytes, Math.max(0, counted));
  return { capacityBytes, usedBytes, workingSetBytes, availableBytes: capacityBytes - workingSetBytes };
}
