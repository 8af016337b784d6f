/** What a Deployment's status says. Pure; the texts are upstream's. */
import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from "#api/types/apps/v1";
import { conditionOf, timeText, withCondition, withoutCondition } from "../framework/conditions.ts";
import { compact } from "../framework/equal.ts";
import { boundsOf, totalReplicas } from "./plan.ts";

const noDeadline = 2 ** 31 - 1;
export const hasDeadline = ({ spec }: Readonly<Deployment>): boolean =>
  spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== noDeadline;

export interface ConditionText {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

export function condition(type: string, text: ConditionText, now: number): DeploymentCondition {
  const at = timeText(now);
  return { type, ...text, lastUpdateTime: at, lastTransitionTime: at };
}

/** Counts and availability; the other conditions as they were. */
export function countedStatus(
  d: Readonly<Deployment>,
  newSet: Readonly<ReplicaSet> | undefined,
  all: readonly Readonly<ReplicaSet>[],
  now: number,
): DeploymentStatus {
  const sum = (of: (status: NonNullable<ReplicaSet["status"]>) => number | undefined) =>
    all.reduce((total, { status }) => total + (status ? (of(status) ?? 0) : 0), 0);
  const availableReplicas = sum((s) => s.availableReplicas);
  const { wanted, maxUnavailable } = boundsOf(d);
  const available = condition("Available", availability(availableReplicas >= wanted - maxUnavailable), now);
  const terminating = all.every(({ status }) => status?.terminatingReplicas !== undefined);
  const orUndefined = (count: number) => (count === 0 ? undefined : count);
  return compact({
    observedGeneration: d.metadata.generation,
    replicas: orUndefined(sum((s) => s.replicas)),
    updatedReplicas: orUndefined(newSet?.status?.replicas ?? 0),
    readyReplicas: orUndefined(sum((s) => s.readyReplicas)),
    availableReplicas: orUndefined(availableReplicas),
    unavailableReplicas: orUndefined(Math.max(0, totalReplicas(all) - availableReplicas)),
    terminatingReplicas: terminating ? sum((s) => s.terminatingReplicas) : undefined,
    collisionCount: d.status?.collisionCount,
    conditions: withCondition(d.status?.conditions, available),
  }) as DeploymentStatus;
}

const availability = (enough: boolean): ConditionText =>
  enough
    ? { status: "True", reason: "MinimumReplicasAvailable", message: "Deployment has minimum availability." }
    : {
        status: "False",
        reason: "MinimumReplicasUnavailable",
        message: "Deployment does not have minimum availability.",
      };

export function isComplete(d: Readonly<Deployment>, status: DeploymentStatus): boolean {
  const wanted = d.spec.replicas ?? 1;
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (d.metadata.generation ?? 0)
  );
}

function hasMoved({ status: old = {} }: Readonly<Deployment>, next: DeploymentStatus): boolean {
  const oldOnes = (s: DeploymentStatus) => (s.replicas ?? 0) - (s.updatedReplicas ?? 0);
  return (
    (next.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldOnes(next) < oldOnes(old) ||
    (next.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (next.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

function deadlineAt(d: Readonly<Deployment>, progressing: DeploymentCondition): number {
  return Date.parse(progressing.lastUpdateTime ?? "") + (d.spec.progressDeadlineSeconds ?? 0) * 1000;
}

const available = "NewReplicaSetAvailable";
const exceeded = "ProgressDeadlineExceeded";

/** The status of a rollout: counts, and whether it moves, has ended or is stuck. */
export function rolloutStatus(
  d: Readonly<Deployment>,
  newSet: Readonly<ReplicaSet> | undefined,
  all: readonly Readonly<ReplicaSet>[],
  now: number,
): DeploymentStatus {
  const status = countedStatus(d, newSet, all, now);
  const conditions = withFailures(progressed({ d, newSet, status, now }), newSet, all, now);
  return { ...status, conditions };
}

interface Rollout {
  readonly d: Readonly<Deployment>;
  readonly newSet: Readonly<ReplicaSet> | undefined;
  readonly status: DeploymentStatus;
  readonly now: number;
}

function progressed({ d, newSet, status, now }: Rollout): DeploymentCondition[] {
  const conditions = status.conditions ?? [];
  if (!hasDeadline(d)) return withoutCondition(conditions, "Progressing");
  const current = conditionOf(conditions, "Progressing");
  if ((status.replicas ?? 0) === (status.updatedReplicas ?? 0) && current?.reason === available) return conditions;
  const subject = newSet
    ? `ReplicaSet ${JSON.stringify(newSet.metadata.name)}`
    : `Deployment ${JSON.stringify(d.metadata.name)}`;
  const set = (from: readonly DeploymentCondition[], text: ConditionText) =>
    withCondition(from, condition("Progressing", text, now));
  if (isComplete(d, status)) {
    return set(conditions, { status: "True", reason: available, message: `${subject} has successfully progressed.` });
  }
  if (hasMoved(d, status)) {
    const next = condition(
      "Progressing",
      { status: "True", reason: "ReplicaSetUpdated", message: `${subject} is progressing.` },
      now,
    );
    if (current?.status === "True" && current.lastTransitionTime) next.lastTransitionTime = current.lastTransitionTime;
    return [...withoutCondition(conditions, "Progressing"), next];
  }
  if (!current || current.reason === available) return conditions;
  if (current.reason === exceeded || deadlineAt(d, current) < now) {
    return set(conditions, { status: "False", reason: exceeded, message: `${subject} has timed out progressing.` });
  }
  return conditions;
}

/** A ReplicaSet that cannot make its pods is shown on the Deployment. */
function withFailures(
  conditions: readonly DeploymentCondition[],
  newSet: Readonly<ReplicaSet> | undefined,
  all: readonly Readonly<ReplicaSet>[],
  now: number,
): DeploymentCondition[] {
  const failing = [...(newSet ? [newSet] : []), ...all]
    .map((rs) => conditionOf(rs.status?.conditions, "ReplicaFailure"))
    .find((failure) => failure?.status === "True");
  if (!failing) return withoutCondition(conditions, "ReplicaFailure");
  const { reason = "", message = "" } = failing;
  return withCondition(conditions, condition("ReplicaFailure", { status: "True", reason, message }, now));
}

/** How long until the rollout can be found stuck; undefined where it cannot. One second more, as times have whole seconds. */
export function stuckAfterMs(d: Readonly<Deployment>, now: number): number | undefined {
  const current = conditionOf(d.status?.conditions, "Progressing");
  if (!hasDeadline(d) || !current || isComplete(d, d.status ?? {}) || current.reason === exceeded) return undefined;
  if (current.reason === available) return undefined;
  return Math.max(0, deadlineAt(d, current) - now) + 1000;
}

/** The Progressing condition of a Deployment that was paused or resumed just now; undefined where nothing changes. */
export function pausedCondition(d: Readonly<Deployment>, now: number): DeploymentCondition | undefined {
  if (!hasDeadline(d)) return undefined;
  const current = conditionOf(d.status?.conditions, "Progressing");
  if (current?.reason === exceeded) return undefined;
  const shown = current?.reason === "DeploymentPaused";
  if (d.spec.paused && !shown) {
    return condition(
      "Progressing",
      { status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" },
      now,
    );
  }
  if (!d.spec.paused && shown) {
    return condition(
      "Progressing",
      { status: "Unknown", reason: "DeploymentResumed", message: "Deployment is resumed" },
      now,
    );
  }
  return undefined;
}
