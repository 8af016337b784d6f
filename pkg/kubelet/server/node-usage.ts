/** What the whole machine uses. */
import { readFile } from "node:fs/promises";
import { type FileSystemUsage, readFileSystem } from "../node/file-system.ts";
import { readNodeMemory } from "../node/memory.ts";
import type { ServerHost } from "./host.ts";

export interface NodeUsage {
  /** Nanoseconds of processor time since boot, idle time left out. */
  readonly cpuNanoseconds: number;
  readonly memoryUsedBytes: number;
  readonly memoryWorkingSetBytes: number;
  readonly memoryAvailableBytes: number;
  readonly fs: FileSystemUsage;
  readonly interfaces: readonly InterfaceUsage[];
}

export interface InterfaceUsage {
  readonly name: string;
  readonly rxBytes: number;
  readonly rxErrors: number;
  readonly txBytes: number;
  readonly txErrors: number;
}

/** /proc/stat counts in hundredths of a second, whatever the kernel's own tick. */
const tickNanoseconds = 10_000_000;

export async function readNodeUsage(host: Pick<ServerHost, "rootDir" | "machineUsage">): Promise<NodeUsage> {
  const [statText, memory, netText, fs] = await Promise.all([
    readFile("/proc/stat", "utf8"),
    readNodeMemory(host),
    readFile("/proc/net/dev", "utf8"),
    readFileSystem(host.rootDir).catch(() => readFileSystem("/")),
  ]);
  return {
    cpuNanoseconds: busyTicks(statText) * tickNanoseconds,
    memoryUsedBytes: memory.usedBytes,
    memoryWorkingSetBytes: memory.workingSetBytes,
    memoryAvailableBytes: memory.availableBytes,
    fs,
    interfaces: parseInterfaces(netText),
  };
}

function busyTicks(text: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (/^cpu\s+(.*)$/m.exec(text)?.[1] ?? "")
    .split(/\s+/)
    .map(Number);
  return user + nice + system + irq + softirq + steal;
}

function parseInterfaces(text: string): InterfaceUsage[] {
  return text
    .split("\n")
    .slice(2)
    .flatMap((line) => {
      const [name, counts] = line.split(":");
      if (name === undefined || counts === undefined || name.trim() === "lo") return [];
      const [rxBytes = 0, , rxErrors = 0, , , , , , txBytes = 0, , txErrors = 0] = counts
        .trim()
        .split(/\s+/)
        .map(Number);
      return [{ name: name.trim(), rxBytes, rxErrors, txBytes, txErrors }];
    });
}
