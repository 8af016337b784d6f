/** Facts of the machine that the node object shows. */
import { readdir, readFile, statfs } from "node:fs/promises";
import { arch, availableParallelism, release, totalmem } from "node:os";
import type { NodeSystemInfo } from "#api/types/core/v1";

export interface MachineFacts {
  readonly memoryBytes: number;
  /** `2MB`, `1GB`. */
  readonly hugePageSizes: readonly string[];
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly info: Omit<NodeSystemInfo, "containerRuntimeVersion">;
}

/** Upstream's default hard eviction thresholds, which allocatable leaves out. */
const reservedMemoryKi = 100 * 1024;
const reservedDiskShare = 10n;

const text = async (path: string): Promise<string> => (await readFile(path, "utf8").catch(() => "")).trim();

export async function readMachine(options: {
  readonly rootDir: string;
  readonly maxPods: number;
}): Promise<MachineFacts> {
  const memoryKi = Math.floor(totalmem() / 1024);
  const disk = await statfs(options.rootDir).catch(() => statfs("/"));
  const diskBytes = BigInt(disk.bsize) * BigInt(disk.blocks);
  const cpu = String(availableParallelism());
  const pages = (await readdir("/sys/kernel/mm/hugepages").catch(() => [])).map(
    (name) => Number(/(\d+)kB/.exec(name)?.[1] ?? 0) / 1024,
  );
  const hugePages = Object.fromEntries(
    pages.map((mi) => [`hugepages-${mi >= 1024 ? `${mi / 1024}Gi` : `${mi}Mi`}`, "0"]),
  );
  const common = { cpu, pods: String(options.maxPods), ...hugePages };
  const machineID = await text("/etc/machine-id");
  const os = await text("/etc/os-release");
  const architecture = arch() === "x64" ? "amd64" : arch();
  return {
    memoryBytes: memoryKi * 1024,
    hugePageSizes: pages.sort((a, b) => a - b).map((mi) => (mi >= 1024 ? `${mi / 1024}GB` : `${mi}MB`)),
    capacity: { ...common, memory: `${memoryKi}Ki`, "ephemeral-storage": `${diskBytes / 1024n}Ki` },
    allocatable: {
      ...common,
      memory: `${Math.max(0, memoryKi - reservedMemoryKi)}Ki`,
      "ephemeral-storage": String(diskBytes - diskBytes / reservedDiskShare),
    },
    info: {
      machineID,
      systemUUID: (await text("/sys/class/dmi/id/product_uuid")) || machineID,
      bootID: await text("/proc/sys/kernel/random/boot_id"),
      kernelVersion: release(),
      osImage: /PRETTY_NAME="?([^"\n]*)/.exec(os)?.[1] ?? "",
      kubeletVersion: "v1.35.4",
      kubeProxyVersion: "",
      operatingSystem: "linux",
      architecture,
    },
  };
}
