/** Facts of the machine that the node object shows. */
import { readdir, readFile, statfs } from "node:fs/promises";
import { arch, availableParallelism, release, totalmem } from "node:os";
import type { NodeSystemInfo } from "#api/types/core/v1";
import { parseQuantity, type Quantity } from "#pkg/apimachinery/quantity/index.ts";
import type { Signal } from "../eviction/signals.ts";
import { amountOf, isHard, type Threshold } from "../eviction/thresholds.ts";

export interface MachineFacts {
  readonly memoryBytes: number;
  /** `2MB`, `1GB`. */
  readonly hugePageSizes: readonly string[];
  readonly capacity: Readonly<Record<string, string>>;
  readonly allocatable: Readonly<Record<string, string>>;
  readonly info: Omit<NodeSystemInfo, "containerRuntimeVersion">;
}

/** Of each of these the hard threshold is kept free: pods may not have it. */
const thresholdSignals: readonly (readonly [resource: string, signal: Signal])[] = [
  ["memory", "memory.available"],
  ["ephemeral-storage", "nodefs.available"],
];

/** Throws an Error in upstream's words when more is to be kept free than there is. */
export function allocatableOf(
  capacity: Readonly<Record<string, string>>,
  thresholds: readonly Threshold[],
): Record<string, string> {
  const kept = thresholdSignals.flatMap(([resource, signal]): [string, Quantity][] => {
    const threshold = thresholds.find((one) => one.signal === signal && isHard(one));
    return threshold
      ? [[resource, amountOf(threshold.value, parseQuantity(capacity[resource] ?? "0").toNumber())]]
      : [];
  });
  const short = kept.filter(([resource, amount]) => amount.compare(parseQuantity(capacity[resource] ?? "0")) > 0);
  const complaints = short.map(
    ([resource, amount]) =>
      `Resource "${resource}" has a reservation of ${amount} but capacity of ${capacity[resource]}. Expected capacity >= reservation.`,
  );
  if (complaints.length > 0) throw new Error(`invalid Node Allocatable configuration. ${complaints.join(" ")}`);
  const left = kept.map(([resource, amount]) => [
    resource,
    parseQuantity(capacity[resource] ?? "0")
      .subtract(amount)
      .toString(),
  ]);
  return { ...capacity, ...Object.fromEntries(left) };
}

const text = async (path: string): Promise<string> => (await readFile(path, "utf8").catch(() => "")).trim();

export async function readMachine(options: {
  readonly rootDir: string;
  readonly maxPods: number;
  readonly thresholds: readonly Threshold[];
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
  const capacity = {
    ...{ cpu, pods: String(options.maxPods), ...hugePages },
    ...{ memory: `${memoryKi}Ki`, "ephemeral-storage": `${diskBytes / 1024n}Ki` },
  };
  const machineID = await text("/etc/machine-id");
  const os = await text("/etc/os-release");
  const architecture = arch() === "x64" ? "amd64" : arch();
  return {
    memoryBytes: memoryKi * 1024,
    hugePageSizes: pages.sort((a, b) => a - b).map((mi) => (mi >= 1024 ? `${mi / 1024}GB` : `${mi}MB`)),
    capacity,
    allocatable: allocatableOf(capacity, options.thresholds),
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
