/** Measures pods: memory as the runtime and the kernel count it, files as they lie on the node's disk. */
import type { ContainerStats } from "#api/cri/index.ts";
import type { Pod, Volume } from "#api/types/core/v1";
import type { CgroupManager } from "../cgroups/manager.ts";
import { containerNameLabel, podUidLabel } from "../containers/labels.ts";
import type { Cri } from "../cri/client.ts";
import type { Paths } from "../paths.ts";
import { containersOf, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { diskUseBelow } from "./disk-use.ts";
import { type ContainerUse, type DiskUse, isLocalVolume, type PodUse } from "./pod-use.ts";

export interface PodMeterOptions {
  readonly cri: Pick<Cri, "runtime">;
  readonly cgroups: Pick<CgroupManager, "podUsage">;
  readonly paths: Paths;
  readonly signal: AbortSignal;
}

/** What the runtime tells of running containers, by pod. */
export type RuntimeStats = ReadonlyMap<string, readonly ContainerStats[]>;

export interface FilesWanted {
  /** Names of volumes; "local": all that lie on the node's disk. */
  readonly volumes: readonly string[] | "local";
  /** Logs, and the file of hosts. */
  readonly own: boolean;
  /** More than this in one place need not be counted. */
  readonly bytesEnough: (volume: Volume | undefined) => number;
}

export const allFiles: FilesWanted = { volumes: "local", own: true, bytesEnough: () => Infinity };

export class PodMeter {
  readonly #options: PodMeterOptions;

  constructor(options: PodMeterOptions) {
    this.#options = options;
  }

  /** One call for all pods. Rejects with CriError. */
  async runtimeStats(): Promise<RuntimeStats> {
    const { cri, signal } = this.#options;
    const { stats } = await cri.runtime("ListContainerStats", {}, { signal });
    return Map.groupBy(stats, ({ attributes }) => attributes?.labels[podUidLabel] ?? "");
  }

  /** Memory and processes; undefined where nothing is known of the pod. */
  async load(pod: Pod, stats: RuntimeStats): Promise<PodUse | undefined> {
    const own = stats.get(uidOf(pod));
    if (!own) return undefined;
    const { workingSetBytes, processes } = await this.#options.cgroups.podUsage(pod);
    const containers = containersIn(pod, own);
    const sum = containers.reduce((total, { memoryBytes = 0 }) => total + memoryBytes, 0);
    return { ...empty, containers, processes, memoryBytes: workingSetBytes ?? sum };
  }

  /** Files. Rejects with what the file system says. */
  async files(pod: Pod, stats: RuntimeStats, wanted: FilesWanted): Promise<PodUse> {
    const { paths } = this.#options;
    const volumes = new Map<string, DiskUse>();
    for (const volume of pod.spec.volumes ?? []) {
      const isWanted = wanted.volumes === "local" ? isLocalVolume(volume) : wanted.volumes.includes(volume.name);
      if (isWanted) volumes.set(volume.name, await this.#volume(pod, volume, wanted));
    }
    if (!wanted.own) return { ...empty, volumes };
    const measured = containersIn(pod, stats.get(uidOf(pod)) ?? []);
    const containers: ContainerUse[] = [];
    for (const container of measured) containers.push({ ...container, logs: await this.#logs(pod, container, wanted) });
    return { ...empty, volumes, containers, hostsFile: await this.#below(paths.etcHosts(uidOf(pod)), Infinity) };
  }

  #volume(pod: Pod, volume: Volume, { bytesEnough }: FilesWanted): Promise<DiskUse> {
    const plugin = volume.configMap ? "kubernetes.io/configmap" : "kubernetes.io/empty-dir";
    return this.#below(this.#options.paths.volumeDir(uidOf(pod), plugin, volume.name), bytesEnough(volume));
  }

  /** With what was rotated away. */
  #logs(pod: Pod, { name }: ContainerUse, { bytesEnough }: FilesWanted): Promise<DiskUse> {
    const place = { namespace: namespaceOf(pod), name: nameOf(pod), uid: uidOf(pod) };
    return this.#below(`${this.#options.paths.podLogs(place)}/${name}`, bytesEnough(undefined));
  }

  #below(path: string, bytesEnough: number): Promise<DiskUse> {
    return diskUseBelow(path, { signal: this.#options.signal, bytesEnough });
  }
}

const empty: PodUse = {
  memoryBytes: undefined,
  processes: undefined,
  containers: [],
  volumes: new Map(),
  hostsFile: undefined,
};

/** In the spec's order, those of the pod first and the initial ones after them. */
function containersIn(pod: Pod, stats: readonly ContainerStats[]): ContainerUse[] {
  const byName = new Map(stats.map((one) => [one.attributes?.labels[containerNameLabel] ?? "", one]));
  const names = containersOf(pod)
    .toSorted((a, b) => Number(a.kind === "init") - Number(b.kind === "init"))
    .map(({ container }) => container.name);
  return names.flatMap((name) => {
    const found = byName.get(name);
    return found ? [containerUse(name, found)] : [];
  });
}

function containerUse(name: string, { memory, writableLayer }: ContainerStats): ContainerUse {
  const rootfs = writableLayer && {
    bytes: Number(writableLayer.usedBytes?.value ?? 0n),
    inodes: Number(writableLayer.inodesUsed?.value ?? 0n),
  };
  const memoryBytes = memory?.workingSetBytes && Number(memory.workingSetBytes.value);
  return { name, memoryBytes, rootfs, logs: undefined };
}
