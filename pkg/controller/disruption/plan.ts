/** What the status of a disruption budget should be, given its pods. Pure. https://kubernetes.io/docs/tasks/run-application/configure-pdb/ */
import type { Pod } from "#api/types/core/v1";
import type { PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus } from "#api/types/policy/v1";
import { scaledValue } from "#pkg/apimachinery/intstr/index.ts";
import { setCondition } from "#pkg/apimachinery/set-condition.ts";
import { timeText } from "../framework/conditions.ts";
import { sameJson } from "../framework/equal.ts";
import { isReady } from "../framework/pods.ts";

/** An approved eviction whose pod is not being deleted after this long is taken to have failed. */
export const deletionTimeoutMs = 120_000;

const conditionType = "DisruptionAllowed";

/** Whether the budget counts what the pods' controllers want; a plain number of available pods counts the pods that are. */
export const needsScale = ({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec): boolean =>
  maxUnavailable !== undefined || typeof minAvailable === "string";

export interface Expected {
  readonly expectedPods: number;
  readonly desiredHealthy: number;
}

/** `scale` is the number of pods that exist, or where `needsScale` what the controllers want. Throws an Error for a bad percentage. */
export function expectedOf({ minAvailable, maxUnavailable }: PodDisruptionBudgetSpec, scale: number): Expected {
  if (maxUnavailable !== undefined) {
    return { expectedPods: scale, desiredHealthy: Math.max(0, scale - scaledValue(maxUnavailable, scale, "up")) };
  }
  if (minAvailable === undefined) return { expectedPods: 0, desiredHealthy: 0 };
  return { expectedPods: scale, desiredHealthy: scaledValue(minAvailable, scale, "up") };
}

export interface Disrupted {
  /** Pods whose eviction was approved and that are not being deleted yet, with the time of the approval. */
  readonly pods: Record<string, string>;
  /** Their deletion did not come. */
  readonly overdue: readonly Readonly<Pod>[];
  /** When the next of them will be overdue, in ms from now. */
  readonly recheckMs: number | undefined;
}

export function disruptedOf(
  { status }: Readonly<PodDisruptionBudget>,
  pods: readonly Readonly<Pod>[],
  now: number,
): Disrupted {
  const known = new Map(Object.entries(status?.disruptedPods ?? {}));
  const kept: [string, string][] = [];
  const overdue: Readonly<Pod>[] = [];
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const { name = "", deletionTimestamp } = pod.metadata;
    const since = known.get(name);
    if (since === undefined || deletionTimestamp) continue;
    const leftMs = Date.parse(since) + deletionTimeoutMs - now;
    if (leftMs < 0) {
      overdue.push(pod);
      continue;
    }
    kept.push([name, since]);
    recheckMs = Math.min(recheckMs ?? Number.POSITIVE_INFINITY, leftMs);
  }
  return { pods: Object.fromEntries(kept), overdue, recheckMs };
}

export interface Observed {
  readonly pods: readonly Readonly<Pod>[];
  readonly disrupted: Readonly<Record<string, string>>;
  readonly expected: Expected;
  readonly now: number;
}

/** Undefined when the status says it all already. */
export function statusOf(
  budget: Readonly<PodDisruptionBudget>,
  { pods, disrupted, expected, now }: Observed,
): PodDisruptionBudgetStatus | undefined {
  const healthy = pods.filter(
    (pod) => !pod.metadata.deletionTimestamp && !Object.hasOwn(disrupted, pod.metadata.name ?? "") && isReady(pod),
  );
  const currentHealthy = healthy.length;
  // Nobody may be disrupted while nothing is expected: the first pods may have come before this status.
  const spare = expected.expectedPods > 0 ? currentHealthy - expected.desiredHealthy : 0;
  const { generation } = budget.metadata;
  const next: PodDisruptionBudgetStatus = {
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    ...(Object.keys(disrupted).length > 0 ? { disruptedPods: { ...disrupted } } : {}),
    disruptionsAllowed: Math.max(0, spare),
    currentHealthy,
    ...expected,
  };
  const status = withAllowed(next, budget.status?.conditions, now);
  return sameJson(status, budget.status) ? undefined : status;
}

function withAllowed(
  status: PodDisruptionBudgetStatus,
  conditions: PodDisruptionBudgetStatus["conditions"],
  now: number,
): PodDisruptionBudgetStatus {
  const allowed = status.disruptionsAllowed > 0;
  const condition = {
    type: conditionType,
    status: allowed ? "True" : "False",
    reason: allowed ? "SufficientPods" : "InsufficientPods",
    message: "",
    ...generationOf(status),
  };
  return { ...status, conditions: setCondition(conditions, condition, timeText(now)) };
}

const generationOf = ({ observedGeneration }: Pick<PodDisruptionBudgetStatus, "observedGeneration">) =>
  observedGeneration === undefined ? {} : { observedGeneration };

/** Nothing may be disrupted while it is not known what is there. */
export function failedStatus(
  { status }: Readonly<PodDisruptionBudget>,
  message: string,
  now: number,
): PodDisruptionBudgetStatus {
  const unknown = { currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 };
  const condition = {
    type: conditionType,
    status: "False",
    reason: "SyncFailed",
    message,
    ...generationOf(status ?? {}),
  };
  return {
    ...unknown,
    ...status,
    disruptionsAllowed: 0,
    conditions: setCondition(status?.conditions, condition, timeText(now)),
  };
}
