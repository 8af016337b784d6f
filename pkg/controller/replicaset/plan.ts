/** What a ReplicaSet needs, given its pods. Pure. */
import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import { compact } from "../framework/equal.ts";
import { compareForRemoval, isActive, isAvailable, isReady, isTerminal } from "../framework/pods.ts";

export interface Plan {
  /** How many pods to make now; bounded by `burst`, the next look makes the rest. */
  readonly create: number;
  readonly remove: readonly Readonly<Pod>[];
}

/** Upstream's bound on what one look creates or deletes. */
export const burst = 500;

/** Pods of any owner per node, to prefer doubled-up pods for removal. */
export function plan(
  wanted: number,
  owned: readonly Readonly<Pod>[],
  siblings: readonly Readonly<Pod>[],
  now: number,
): Plan {
  const active = owned.filter(isActive);
  const missing = wanted - active.length;
  if (missing >= 0) return { create: Math.min(burst, missing), remove: [] };
  return { create: 0, remove: rankForRemoval(active, siblings, now).slice(0, Math.min(burst, -missing)) };
}

/** The pods that cost users least come first. */
export function rankForRemoval(
  active: readonly Readonly<Pod>[],
  siblings: readonly Readonly<Pod>[],
  now: number,
): Readonly<Pod>[] {
  const onNode = new Map<string, number>();
  for (const { spec } of siblings) if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  return active
    .map((pod) => ({ pod, neighbours: onNode.get(pod.spec.nodeName ?? "") ?? 0 }))
    .sort((a, b) => compareForRemoval(a, b, now))
    .map(({ pod }) => pod);
}

/** `failure`: why pods could not be made or removed, as a condition without its time. */
export function statusOf(
  rs: Readonly<Pick<ReplicaSet, "metadata"> & { spec: Pick<ReplicaSet["spec"], "template" | "minReadySeconds"> }>,
  owned: readonly Readonly<Pod>[],
  conditions: readonly ReplicaSetCondition[],
  now: number,
): ReplicaSetStatus {
  const active = owned.filter(isActive);
  const labels = Object.entries(rs.spec.template?.metadata?.labels ?? {});
  const minReady = rs.spec.minReadySeconds ?? 0;
  const labelled = active.filter(({ metadata }) => labels.every(([key, value]) => metadata.labels?.[key] === value));
  const orUndefined = (count: number) => (count === 0 ? undefined : count);
  return compact({
    replicas: active.length,
    fullyLabeledReplicas: orUndefined(labelled.length),
    readyReplicas: orUndefined(active.filter(isReady).length),
    availableReplicas: orUndefined(active.filter((pod) => isAvailable(pod, minReady, now)).length),
    terminatingReplicas: owned.filter((pod) => pod.metadata.deletionTimestamp && !isTerminal(pod)).length,
    observedGeneration: rs.metadata.generation,
    conditions: conditions.length > 0 ? [...conditions] : undefined,
  }) as ReplicaSetStatus;
}
