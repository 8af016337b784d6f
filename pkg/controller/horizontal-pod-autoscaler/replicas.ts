/**
 * How many replicas a metric asks for. Pure. Amounts are in thousandths.
 * https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#algorithm-details
 */
import type { PodGroups, PodMetrics } from "./pod-groups.ts";
import { isWithin, type Tolerances } from "./tolerance.ts";

const replicasMax = 2 ** 31 - 1;
const unready = { value: 0, at: 0, windowMs: 0 };

export const wholeReplicas = (replicas: number): number => Math.min(replicasMax, Math.ceil(replicas));

export interface Usage {
  /** Of the target. */
  readonly ratio: number;
  /** Average of a pod. */
  readonly average: number;
  /** Percent of what is requested, where that is the target. */
  readonly utilization?: number;
}

export interface PerPod {
  readonly metrics: PodMetrics;
  readonly groups: PodGroups;
  readonly currentReplicas: number;
  readonly tolerances: Tolerances;
  /** What a pod without a measure is taken to use when that could scale down. */
  readonly assumed: (pod: string) => number;
  /** Throws an Error when nothing can be said. */
  readonly usageOf: (metrics: PodMetrics) => Usage;
}

export interface Proposal {
  readonly replicas: number;
  readonly usage: Usage;
}

/** Throws an Error when there is no measure of any pod that counts. */
export function proposePerPod({
  metrics: all,
  groups,
  currentReplicas,
  tolerances,
  assumed,
  usageOf,
}: PerPod): Proposal {
  const metrics: PodMetrics = new Map(
    [...all].filter(([name]) => !groups.ignored.has(name) && !groups.unready.has(name)),
  );
  if (metrics.size === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const usage = usageOf(metrics);
  const stay: Proposal = { replicas: currentReplicas, usage };
  const growsWithUnready = groups.unready.size > 0 && usage.ratio > 1;
  if (!growsWithUnready && groups.missing.size === 0) {
    if (isWithin(tolerances, usage.ratio)) return stay;
    return { replicas: wholeReplicas(usage.ratio * groups.readyCount), usage };
  }
  // What is not known counts against the change: fully used when shrinking, idle when growing.
  if (usage.ratio !== 1) {
    for (const name of groups.missing) metrics.set(name, { ...unready, value: usage.ratio < 1 ? assumed(name) : 0 });
  }
  if (growsWithUnready) for (const name of groups.unready) metrics.set(name, unready);
  const { ratio } = usageOf(metrics);
  const turned = (usage.ratio < 1 && ratio > 1) || (usage.ratio > 1 && ratio < 1);
  if (isWithin(tolerances, ratio) || turned) return stay;
  const replicas = wholeReplicas(ratio * metrics.size);
  if ((ratio < 1 && replicas > currentReplicas) || (ratio > 1 && replicas < currentReplicas)) return stay;
  return { replicas, usage };
}

const sumOf = (metrics: PodMetrics): number => [...metrics.values()].reduce((sum, { value }) => sum + value, 0);

export const averageUsage =
  (target: number) =>
  (metrics: PodMetrics): Usage => {
    const average = Math.trunc(sumOf(metrics) / metrics.size);
    return { ratio: average / target, average };
  };

/** `target` in percent of the requests. */
export const utilizationUsage =
  (target: number, requests: ReadonlyMap<string, number>) =>
  (metrics: PodMetrics): Usage => {
    const known: PodMetrics = new Map([...metrics].filter(([name]) => requests.has(name)));
    const requested = [...known.keys()].reduce((sum, name) => sum + (requests.get(name) ?? 0), 0);
    if (requested === 0) throw new Error("no metrics returned matched known pods");
    const total = sumOf(known);
    const utilization = Math.trunc((total * 100) / requested);
    return { ratio: utilization / target, average: Math.trunc(total / known.size), utilization };
  };

/** For a value of the whole: what is used per ready pod stays as it is. `readyCount` is asked for only when it matters. */
export function proposeByRatio(
  ratio: number,
  {
    currentReplicas,
    tolerances,
    readyCount,
  }: { currentReplicas: number; tolerances: Tolerances; readyCount: () => number },
): number {
  if (currentReplicas === 0) return wholeReplicas(ratio);
  return isWithin(tolerances, ratio) ? currentReplicas : wholeReplicas(ratio * readyCount());
}

/** For a value of the whole that each replica should have its part of. */
export function proposeByShare(
  usage: number,
  target: number,
  { statusReplicas, tolerances }: { statusReplicas: number; tolerances: Tolerances },
): { replicas: number; average: number } {
  const ratio = usage / (target * statusReplicas);
  const replicas = isWithin(tolerances, ratio) ? statusReplicas : wholeReplicas(usage / target);
  // Without replicas there is no average: all of it waits.
  return { replicas, average: statusReplicas > 0 ? Math.ceil(usage / statusReplicas) : usage };
}
