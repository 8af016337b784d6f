/**
 * What a job makes of pods that fail, and which successes are enough. Pure.
 * https://kubernetes.io/docs/concepts/workloads/controllers/job/#pod-failure-policy
 */
import type { Job, PodFailurePolicyRule } from "#api/types/batch/v1";
import type { ContainerStatus, Pod } from "#api/types/core/v1";
import { parseIndexes } from "./indexes.ts";
import { indexOf } from "./pods.ts";

export const failureCountKey = "batch.kubernetes.io/job-index-failure-count";

export interface Judgement {
  readonly action: "Count" | "FailIndex" | "FailJob" | "Ignore";
  /** For FailJob: why. */
  readonly message: string;
}

const counted: Judgement = { action: "Count", message: "" };

/** What the first rule that a failed pod matches says. */
export function judge(job: Readonly<Job>, pod: Readonly<Pod>): Judgement {
  for (const [at, rule] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    const why = rule.onExitCodes ? exitCodeMatch(rule, pod) : conditionMatch(rule, pod);
    if (why === undefined) continue;
    const action = rule.action as Judgement["action"];
    return { action, message: `${why} matching ${action} rule at index ${at}` };
  }
  return counted;
}

const nameOf = ({ metadata }: Readonly<Pod>): string => `${metadata.namespace}/${metadata.name}`;

function exitCodeMatch({ onExitCodes }: PodFailurePolicyRule, pod: Readonly<Pod>): string | undefined {
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const matches = ({ name, state }: ContainerStatus): boolean => {
    const code = state?.terminated?.exitCode;
    if (!onExitCodes || code === undefined || code === 0) return false;
    if (onExitCodes.containerName && onExitCodes.containerName !== name) return false;
    const isListed = onExitCodes.values.includes(code);
    return onExitCodes.operator === "In" ? isListed : !isListed;
  };
  const found = statuses.find(matches);
  return (
    found && `Container ${found.name} for pod ${nameOf(pod)} failed with exit code ${found.state?.terminated?.exitCode}`
  );
}

function conditionMatch({ onPodConditions }: PodFailurePolicyRule, pod: Readonly<Pod>): string | undefined {
  const found = (pod.status?.conditions ?? []).find(({ type, status }) =>
    onPodConditions?.some((pattern) => pattern.type === type && (pattern.status ?? "True") === status),
  );
  return found && `Pod ${nameOf(pod)} has condition ${found.type}`;
}

/** How often this pod's index had failed when the pod was made. */
export function failuresBefore({ metadata }: Readonly<Pod>): number {
  const text = metadata.annotations?.[failureCountKey];
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** Whether a failed pod leaves its index no further try. */
export function endsIndex({ spec }: Readonly<Job>, pod: Readonly<Pod>, { action }: Judgement): boolean {
  if (spec.backoffLimitPerIndex === undefined || indexOf(pod) < 0) return false;
  if (action === "FailIndex") return true;
  return action !== "Ignore" && failuresBefore(pod) >= spec.backoffLimitPerIndex;
}

/** The number of the first rule that the completed indexes meet; undefined while none is met. */
export function metSuccessRule({ spec }: Readonly<Job>, completed: ReadonlySet<number>): number | undefined {
  const rules = spec.successPolicy?.rules ?? [];
  const at = rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes);
    const met = wanted ? [...wanted].filter((index) => completed.has(index)).length : completed.size;
    return met >= (succeededCount ?? wanted?.size ?? Number.POSITIVE_INFINITY);
  });
  return at < 0 ? undefined : at;
}
