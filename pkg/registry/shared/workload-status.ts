/** Rules on what controllers report of workloads: numbers that are none below zero, and parts that are no more than the whole. */
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "./findings.ts";

type Numbers = Readonly<Record<string, unknown>>;

export interface StatusRules {
  /** In upstream's order. */
  readonly counters: readonly string[];
  /** No more than `replicas`. */
  readonly parts: readonly string[];
  /** What the text calls the number that `availableReplicas` may not exceed; absent where there is no such rule. */
  readonly ready?: string;
  /** How often names of children collided only grows. */
  readonly collisions?: boolean;
}

export function workloadStatusErrors(
  next: object | undefined,
  old: object | undefined,
  rules: StatusRules,
): FieldError[] {
  return [...statusRules((next ?? {}) as Numbers, (old ?? {}) as Numbers, rules)];
}

const numberOf = (status: Numbers, name: string): number => Number(status[name] ?? 0);

function* statusRules(status: Numbers, old: Numbers, { counters, parts, ready, collisions }: StatusRules): Findings {
  const names = collisions ? [...counters, "collisionCount"] : counters;
  for (const name of names) yield* atLeastZero(`status.${name}`, numberOf(status, name));
  const whole = numberOf(status, "replicas");
  for (const name of parts) {
    const part = numberOf(status, name);
    if (part > whole) yield invalid(`status.${name}`, part, "cannot be greater than status.replicas");
  }
  const available = numberOf(status, "availableReplicas");
  if (ready !== undefined && available > numberOf(status, "readyReplicas")) {
    yield invalid("status.availableReplicas", available, `cannot be greater than ${ready}`);
  }
  if (collisions && isDecremented(status.collisionCount, old.collisionCount)) {
    yield invalid("status.collisionCount", numberOf(status, "collisionCount"), "cannot be decremented");
  }
}

/** What was never counted may begin anywhere; what was may not be forgotten. */
function isDecremented(next: unknown, old: unknown): boolean {
  if (old === undefined) return false;
  return next === undefined || Number(next) < Number(old);
}

export const deploymentStatus: StatusRules = {
  counters: [
    "observedGeneration",
    "replicas",
    "updatedReplicas",
    "readyReplicas",
    "availableReplicas",
    "unavailableReplicas",
    "terminatingReplicas",
  ],
  parts: ["updatedReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
  collisions: true,
};

export const statefulSetStatus: StatusRules = {
  counters: [
    "replicas",
    "readyReplicas",
    "currentReplicas",
    "updatedReplicas",
    "availableReplicas",
    "observedGeneration",
  ],
  parts: ["readyReplicas", "currentReplicas", "updatedReplicas", "availableReplicas"],
  ready: "status.readyReplicas",
  collisions: true,
};

export const daemonSetStatus: StatusRules = {
  counters: [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "observedGeneration",
    "updatedNumberScheduled",
    "numberAvailable",
    "numberUnavailable",
  ],
  parts: [],
  collisions: true,
};

/** Of replica sets and replication controllers. */
export const replicaSetStatus: StatusRules = {
  counters: [
    "replicas",
    "fullyLabeledReplicas",
    "readyReplicas",
    "availableReplicas",
    "observedGeneration",
    "terminatingReplicas",
  ],
  parts: ["fullyLabeledReplicas", "readyReplicas", "availableReplicas"],
  ready: "readyReplicas",
};
