/** What one pod uses, as the decisions about it need it. Pure. */
import type { Pod, Volume } from "#api/types/core/v1";
import { podUsage } from "#pkg/apimachinery/quota/index.ts";
import type { DiskPart } from "./filesystems.ts";

export interface DiskUse {
  readonly bytes: number;
  readonly inodes: number;
}

export interface ContainerUse {
  readonly name: string;
  /** The working set; undefined where the runtime does not tell. */
  readonly memoryBytes: number | undefined;
  /** The container's own layer. */
  readonly rootfs: DiskUse | undefined;
  readonly logs: DiskUse | undefined;
}

/** What was not asked for is empty. */
export interface PodUse {
  readonly memoryBytes: number | undefined;
  readonly processes: number | undefined;
  readonly containers: readonly ContainerUse[];
  /** By the volume's name. */
  readonly volumes: ReadonlyMap<string, DiskUse>;
  /** The file that every container sees as /etc/hosts. */
  readonly hostsFile: DiskUse | undefined;
}

/** On the node's own disk, for as long as the pod lives. */
export const isLocalVolume = ({ emptyDir, configMap, gitRepo }: Volume): boolean =>
  gitRepo !== undefined || (emptyDir !== undefined && !emptyDir.medium) || configMap !== undefined;

export function sumOf(uses: Iterable<DiskUse | undefined>): DiskUse {
  let bytes = 0;
  let inodes = 0;
  for (const use of uses) {
    bytes += use?.bytes ?? 0;
    inodes += use?.inodes ?? 0;
  }
  return { bytes, inodes };
}

const localVolumes = (pod: Pod, { volumes }: PodUse): (DiskUse | undefined)[] =>
  (pod.spec.volumes ?? []).filter(isLocalVolume).map(({ name }) => volumes.get(name));

/** The sum of some parts. */
export function diskUseOf(pod: Pod, use: PodUse, parts: readonly DiskPart[]): DiskUse {
  const has = (part: DiskPart): boolean => parts.includes(part);
  return sumOf([
    ...(has("rootfs") ? use.containers.map(({ rootfs }) => rootfs) : []),
    ...(has("logs") ? use.containers.map(({ logs }) => logs) : []),
    ...(has("volumes") ? localVolumes(pod, use) : []),
  ]);
}

/** Everything that counts for the pod's limit. */
export const ephemeralStorageOf = (pod: Pod, use: PodUse): number =>
  diskUseOf(pod, use, ["rootfs", "logs", "volumes"]).bytes + (use.hostsFile?.bytes ?? 0);

/** `memory`, `limits.ephemeral-storage` of the whole pod; undefined where nothing says so. */
export const podAmountOf = (pod: Pod, name: string): number | undefined =>
  // A phase of an earlier look does not matter here.
  podUsage({ ...pod, status: {} }, 0)
    .get(name)
    ?.toNumber();
