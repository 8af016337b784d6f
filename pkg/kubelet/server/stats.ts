/** What pods and the node use: `/stats/summary` and `/metrics/resource`. */
import type { ContainerStats, PodSandboxStats } from "#api/cri/index.ts";
import { containerNameLabel, podNameLabel, podNamespaceLabel, podUidLabel } from "../containers/labels.ts";
import { uidOf } from "../pods/pod.ts";
import type { ServerHost } from "./host.ts";
import { type NodeUsage, readNodeUsage } from "./node-usage.ts";

export interface ContainerUsage {
  readonly name: string;
  readonly startedAt: number;
  readonly time: number;
  readonly cpuNanoseconds: number | undefined;
  readonly nanoCores: number | undefined;
  readonly workingSetBytes: number | undefined;
  readonly usageBytes: number | undefined;
  readonly rssBytes: number | undefined;
  readonly rootfsUsedBytes: number | undefined;
  readonly rootfsInodesUsed: number | undefined;
}

export interface PodUsage {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly startTime: string;
  readonly containers: readonly ContainerUsage[];
  readonly network: { readonly name: string; readonly rxBytes: number; readonly txBytes: number } | undefined;
}

const numberOf = (value: { value: bigint } | undefined): number | undefined =>
  value === undefined ? undefined : Number(value.value);

export class Usage {
  readonly #host: ServerHost;
  /** The last reading of each container: usage per second is a difference. */
  readonly #before = new Map<string, { readonly at: number; readonly cpu: number; readonly nanoCores: number }>();

  constructor(host: ServerHost) {
    this.#host = host;
  }

  node(): Promise<NodeUsage> {
    return readNodeUsage(this.#host);
  }

  /** Rejects with CriError. */
  async pods(): Promise<PodUsage[]> {
    const { cri, clock } = this.#host;
    const [{ stats }, sandboxes] = await Promise.all([
      cri.runtime("ListContainerStats", {}),
      // Older runtimes have statistics of containers only.
      cri.runtime("ListPodSandboxStats", {}).then(
        (answer) => answer.stats,
        () => [],
      ),
    ]);
    const ids = new Set(stats.map(({ attributes }) => attributes?.id ?? ""));
    for (const id of this.#before.keys()) if (!ids.has(id)) this.#before.delete(id);
    const usages: PodUsage[] = [];
    for (const { pod, status } of this.#host.pods()) {
      const uid = uidOf(pod);
      const own = stats.filter(({ attributes }) => attributes?.labels[podUidLabel] === uid);
      if (own.length === 0) continue;
      const started = new Map(
        [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])].map((one) => [
          one.name,
          Date.parse(one.state?.running?.startedAt ?? "") || clock.now(),
        ]),
      );
      usages.push({
        uid,
        name: own[0]?.attributes?.labels[podNameLabel] ?? "",
        namespace: own[0]?.attributes?.labels[podNamespaceLabel] ?? "",
        startTime: status.startTime ?? pod.metadata.creationTimestamp ?? "",
        containers: own.map((one) => this.#container(one, started)),
        network: networkOf(sandboxes, uid),
      });
    }
    return usages;
  }

  #container({ attributes, cpu, memory, writableLayer }: ContainerStats, started: Map<string, number>): ContainerUsage {
    const name = attributes?.labels[containerNameLabel] ?? "";
    const time = cpu ? Number(cpu.timestamp / 1_000_000n) : this.#host.clock.now();
    const cpuNanoseconds = numberOf(cpu?.usageCoreNanoSeconds);
    return {
      name,
      time,
      cpuNanoseconds,
      startedAt: started.get(name) ?? time,
      nanoCores: numberOf(cpu?.usageNanoCores) ?? this.#rate(attributes?.id ?? "", time, cpuNanoseconds),
      workingSetBytes: numberOf(memory?.workingSetBytes),
      usageBytes: numberOf(memory?.usageBytes),
      rssBytes: numberOf(memory?.rssBytes),
      rootfsUsedBytes: numberOf(writableLayer?.usedBytes),
      rootfsInodesUsed: numberOf(writableLayer?.inodesUsed),
    };
  }

  /** Nanoseconds of processor per second since the reading before; undefined at the first. */
  #rate(id: string, at: number, cpu: number | undefined): number | undefined {
    if (cpu === undefined) return undefined;
    const before = this.#before.get(id);
    if (before && at - before.at < 500) return before.nanoCores;
    const nanoCores = before ? Math.max(0, Math.round(((cpu - before.cpu) * 1000) / (at - before.at))) : 0;
    this.#before.set(id, { at, cpu, nanoCores });
    return before ? nanoCores : undefined;
  }
}

function networkOf(sandboxes: readonly PodSandboxStats[], uid: string): PodUsage["network"] {
  const found = sandboxes.find(({ attributes }) => attributes?.labels[podUidLabel] === uid);
  const usage = found?.linux?.network?.defaultInterface;
  if (!usage) return undefined;
  return { name: usage.name, rxBytes: numberOf(usage.rxBytes) ?? 0, txBytes: numberOf(usage.txBytes) ?? 0 };
}

const timeOf = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

/** The `Summary` of https://kubernetes.io/docs/reference/instrumentation/node-metrics/. */
export async function summary(host: ServerHost, usage: Usage): Promise<object> {
  const now = host.clock.now();
  const [node, pods] = await Promise.all([usage.node(), usage.pods()]);
  const time = timeOf(now);
  const { fs } = node;
  return {
    node: {
      nodeName: host.nodeName,
      startTime: timeOf(now - process.uptime() * 1000),
      cpu: { time, usageCoreNanoSeconds: node.cpuNanoseconds },
      memory: {
        time,
        availableBytes: node.memoryAvailableBytes,
        usageBytes: node.memoryUsedBytes,
        workingSetBytes: node.memoryWorkingSetBytes,
      },
      network: { time, ...node.interfaces[0], interfaces: node.interfaces },
      fs: {
        time,
        availableBytes: fs.availableBytes,
        capacityBytes: fs.capacityBytes,
        usedBytes: fs.usedBytes,
        inodesFree: fs.inodesFree,
        inodes: fs.inodes,
        inodesUsed: fs.inodes - fs.inodesFree,
      },
    },
    pods: pods.map((pod) => podSummary(pod, time)),
  };
}

const sum = (values: readonly (number | undefined)[]): number =>
  values.reduce<number>((total, value) => total + (value ?? 0), 0);

function podSummary(pod: PodUsage, time: string): object {
  const { containers, network } = pod;
  return {
    podRef: { name: pod.name, namespace: pod.namespace, uid: pod.uid },
    startTime: pod.startTime,
    containers: containers.map(containerSummary),
    cpu: {
      time,
      usageNanoCores: sum(containers.map(({ nanoCores }) => nanoCores)),
      usageCoreNanoSeconds: sum(containers.map(({ cpuNanoseconds }) => cpuNanoseconds)),
    },
    memory: {
      time,
      usageBytes: sum(containers.map(({ usageBytes }) => usageBytes)),
      workingSetBytes: sum(containers.map(({ workingSetBytes }) => workingSetBytes)),
      rssBytes: sum(containers.map(({ rssBytes }) => rssBytes)),
    },
    ...(network ? { network: { time, ...network, interfaces: [network] } } : {}),
    "ephemeral-storage": { time, usedBytes: sum(containers.map(({ rootfsUsedBytes }) => rootfsUsedBytes)) },
  };
}

function containerSummary(usage: ContainerUsage): object {
  const time = timeOf(usage.time);
  return {
    name: usage.name,
    startTime: timeOf(usage.startedAt),
    cpu: { time, usageNanoCores: usage.nanoCores, usageCoreNanoSeconds: usage.cpuNanoseconds },
    memory: {
      time,
      usageBytes: usage.usageBytes,
      workingSetBytes: usage.workingSetBytes,
      rssBytes: usage.rssBytes,
    },
    rootfs: { time, usedBytes: usage.rootfsUsedBytes, inodesUsed: usage.rootfsInodesUsed },
  };
}
