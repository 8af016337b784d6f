/** Which pods count for a metric, and what they request. Pure. */
import type { Container, Pod } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { podCondition } from "../framework/pods.ts";

/** What one pod uses, in thousandths of the unit. */
export interface PodMetric {
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly windowMs: number;
}

/** By the name of the pod. */
export type PodMetrics = Map<string, PodMetric>;

export interface ReadinessRules {
  /** While a pod is so young, its CPU counts only as measured after it became ready. */
  readonly cpuInitializationMs: number;
  /** A pod that became unready so soon after its start was never ready. */
  readonly initialReadinessDelayMs: number;
}

export interface PodGroups {
  readonly readyCount: number;
  readonly unready: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
  readonly ignored: ReadonlySet<string>;
}

export interface GroupingFacts {
  readonly metrics: PodMetrics;
  /** Empty for metrics that are none of a resource. */
  readonly resource: string;
  readonly rules: ReadinessRules;
  readonly now: number;
}

export function groupPods(pods: readonly Readonly<Pod>[], { metrics, resource, rules, now }: GroupingFacts): PodGroups {
  const [unready, missing, ignored] = [new Set<string>(), new Set<string>(), new Set<string>()];
  let readyCount = 0;
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata;
    const metric = metrics.get(name);
    if (deletionTimestamp || pod.status?.phase === "Failed") ignored.add(name);
    else if (pod.status?.phase === "Pending") unready.add(name);
    else if (!metric) missing.add(name);
    else if (resource === "cpu" && isUnready(pod, metric, rules, now)) unready.add(name);
    else readyCount += 1;
  }
  return { readyCount, unready, missing, ignored };
}

/** CPU of a pod that starts is no measure of its load. */
function isUnready(pod: Readonly<Pod>, metric: PodMetric, rules: ReadinessRules, now: number): boolean {
  const condition = podCondition(pod, "Ready");
  if (!condition || !pod.status?.startTime) return true;
  const startedAt = Date.parse(pod.status.startTime);
  const changedAt = Date.parse(condition.lastTransitionTime ?? "") || 0;
  const isFalse = condition.status === "False";
  if (startedAt + rules.cpuInitializationMs > now) return isFalse || metric.at < changedAt + metric.windowMs;
  return isFalse && startedAt + rules.initialReadinessDelayMs > changedAt;
}

const milliOf = (text: string): number => Number(parseQuantity(text).milliValue());

/**
 * What each pod requests of a resource, in thousandths; `container` names the only one that counts, empty: all. Throws an
 * Error when one requests nothing.
 */
export function requestsOf(
  pods: readonly Readonly<Pod>[],
  container: string,
  resource: string,
): ReadonlyMap<string, number> {
  return new Map(pods.map((pod) => [pod.metadata.name ?? "", requestOf(pod, container, resource)]));
}

function requestOf({ metadata, spec }: Readonly<Pod>, container: string, resource: string): number {
  const name = metadata.name ?? "";
  const whole = spec.resources?.requests;
  if (whole && Object.keys(whole).length > 0 && container === "") {
    const request = whole[resource];
    if (request === undefined) throw new Error(`missing pod-level request for ${resource} in Pod ${name}`);
    return milliOf(request);
  }
  const sidecars = (spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === "Always");
  const all: Container[] = [...spec.containers, ...sidecars];
  const counted = container === "" ? all : all.filter((each) => each.name === container);
  if (counted.length === 0 && container !== "") throw new Error(`container ${container} not found in Pod ${name}`);
  return counted.reduce((sum, each) => {
    const request = each.resources?.requests?.[resource];
    if (request === undefined) {
      throw new Error(`missing request for ${resource} in container ${each.name} of Pod ${name}`);
    }
    return sum + milliOf(request);
  }, 0);
}
