/** What a job needs next, from what its pods did. Pure. */
import type { Job, JobCondition, JobStatus } from "#api/types/batch/v1";
import type { Pod } from "#api/types/core/v1";
import { compact } from "../framework/equal.ts";
import { isReady } from "../framework/pods.ts";
import { parseIndexes, printIndexes } from "./indexes.ts";
import { indexOf, isIndexed, isTracked, verdictOf } from "./pods.ts";
import { endsIndex, failuresBefore, judge, metSuccessRule } from "./policies.ts";

export interface Plan {
  readonly status: JobStatus;
  readonly create: readonly Wanted[];
  readonly remove: readonly Readonly<Pod>[];
  /** Ended pods that the status counts or is about to: their finalizer may go once the status is written. */
  readonly release: readonly Readonly<Pod>[];
  /** When to look again though nothing changes. */
  readonly againMs: number | undefined;
}

/** A pod to make. */
export interface Wanted {
  /** Undefined for jobs without indexes. */
  readonly index: number | undefined;
  /** How often the index has failed; undefined where that is not counted. */
  readonly failures?: number | undefined;
}

interface Tally {
  succeeded: number;
  failed: number;
  completed: Set<number>;
  readonly failedIndexes: Set<number>;
  /** Why the job fails at once. */
  failJob: string | undefined;
  readonly uncounted: { succeeded: string[]; failed: string[] };
  readonly release: Readonly<Pod>[];
}

const backoffMs = { first: 10_000, max: 600_000 };

export const timeText = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

export const isFinished = ({ status }: Readonly<Job>): boolean =>
  status?.conditions?.some(({ type, status: is }) => (type === "Complete" || type === "Failed") && is === "True") ??
  false;

export function plan(job: Readonly<Job>, pods: readonly Readonly<Pod>[], now: number): Plan {
  const replaceOnlyFailed = job.spec.podReplacementPolicy === "Failed";
  const tally = count(job, pods, replaceOnlyFailed);
  const active = pods.filter(
    (pod) => verdictOf(pod, replaceOnlyFailed) === "running" && !pod.metadata.deletionTimestamp,
  );
  const terminating = pods.filter(
    (pod) => pod.metadata.deletionTimestamp && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed",
  );
  const failed = tally.failed + tally.uncounted.failed.length;
  const succeeded = isIndexed(job) ? tally.completed.size : tally.succeeded + tally.uncounted.succeeded.length;
  const facts: Facts = { job, active, terminating, failed, succeeded, now, completed: tally.completed, tally, pods };
  const end = isFinished(job) ? undefined : (endOf(facts) ?? pendingEnd(job));
  const settled = tally.uncounted.succeeded.length + tally.uncounted.failed.length === 0;
  const ended = end !== undefined || isFinished(job);
  const suspended = !ended && job.spec.suspend === true;
  const decision = ended || suspended ? { create: [], remove: active, againMs: undefined } : workOf(facts, pods);
  const created = decision.create.length;
  const status = compact<JobStatus>({
    ...job.status,
    startTime: suspended ? undefined : (job.status?.startTime ?? timeText(now)),
    active: positive(active.length + created - decision.remove.length),
    // What is removed now is no longer active, and so not ready either.
    ready: active.filter((pod) => isReady(pod) && !decision.remove.includes(pod)).length,
    terminating: terminating.length,
    succeeded: positive(isIndexed(job) ? tally.completed.size : tally.succeeded),
    failed: positive(tally.failed),
    failedIndexes: job.spec.backoffLimitPerIndex === undefined ? undefined : printIndexes(tally.failedIndexes),
    completedIndexes: isIndexed(job) && tally.completed.size > 0 ? printIndexes(tally.completed) : undefined,
    uncountedTerminatedPods: compact({
      succeeded: tally.uncounted.succeeded.length > 0 ? tally.uncounted.succeeded : undefined,
      failed: tally.uncounted.failed.length > 0 ? tally.uncounted.failed : undefined,
    }),
    ...conditionsAndEnd(facts, { end, settled, suspended, gone: terminating.length + decision.remove.length === 0 }),
  } as JobStatus);
  return {
    status,
    create: decision.create,
    remove: decision.remove,
    release: tally.release,
    againMs: decision.againMs ?? deadlineIn(facts),
  };
}

const positive = (count: number): number | undefined => (count > 0 ? count : undefined);

/** Pods without the finalizer that are still in the list were counted before; those that ended with it are new. */
function count(job: Readonly<Job>, pods: readonly Readonly<Pod>[], replaceOnlyFailed: boolean): Tally {
  const before = job.status?.uncountedTerminatedPods ?? {};
  const tally: Tally = {
    succeeded: isIndexed(job) ? 0 : (job.status?.succeeded ?? 0),
    failed: job.status?.failed ?? 0,
    completed: isIndexed(job) ? parseIndexes(job.status?.completedIndexes) : new Set(),
    failedIndexes: parseIndexes(job.status?.failedIndexes),
    failJob: undefined,
    uncounted: { succeeded: [], failed: [] },
    release: [],
  };
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid ?? "", pod]));
  for (const kind of ["succeeded", "failed"] as const) {
    for (const uid of before[kind] ?? []) {
      if (tracked.has(uid)) continue;
      tally[kind]++;
    }
  }
  for (const [uid, pod] of tracked) {
    const verdict = verdictOf(pod, replaceOnlyFailed);
    if (verdict === "running") continue;
    tally.release.push(pod);
    const index = indexOf(pod);
    if (verdict === "succeeded" && isIndexed(job)) {
      if (index >= 0 && index < (job.spec.completions ?? 0)) tally.completed.add(index);
      continue;
    }
    if (verdict === "failed" && !countFailure(job, pod, tally)) continue;
    tally.uncounted[verdict].push(uid);
  }
  return tally;
}

/** Whether a failed pod counts at all; notes what it means for its index and its job. */
function countFailure(job: Readonly<Job>, pod: Readonly<Pod>, tally: Tally): boolean {
  const judgement = judge(job, pod);
  if (judgement.action === "FailJob") tally.failJob ??= judgement.message;
  if (endsIndex(job, pod, judgement)) tally.failedIndexes.add(indexOf(pod));
  return judgement.action !== "Ignore";
}

interface Facts {
  readonly tally: Tally;
  readonly pods: readonly Readonly<Pod>[];
  readonly job: Readonly<Job>;
  readonly active: readonly Readonly<Pod>[];
  readonly terminating: readonly Readonly<Pod>[];
  readonly failed: number;
  readonly succeeded: number;
  readonly completed: ReadonlySet<number>;
  readonly now: number;
}

interface End {
  readonly type: "Complete" | "Failed";
  readonly reason: string;
  readonly message: string;
}

function endOf(facts: Facts): End | undefined {
  const { job, active, succeeded, now, tally } = facts;
  const { spec, status } = job;
  if (tally.failJob !== undefined) return { type: "Failed", reason: "PodFailurePolicy", message: tally.failJob };
  const rule = metSuccessRule(job, tally.completed);
  if (rule !== undefined) {
    return { type: "Complete", reason: "SuccessPolicy", message: `Matched rules at index ${rule}` };
  }
  if (spec.activeDeadlineSeconds !== undefined && status?.startTime && !spec.suspend) {
    if (now >= Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000) {
      return { type: "Failed", reason: "DeadlineExceeded", message: "Job was active longer than specified deadline" };
    }
  }
  if (failuresOf(facts) > (spec.backoffLimit ?? 6)) {
    return { type: "Failed", reason: "BackoffLimitExceeded", message: "Job has reached the specified backoff limit" };
  }
  const indexes = indexesEnd(facts);
  if (indexes) return indexes;
  const complete =
    spec.completions === undefined ? succeeded > 0 && active.length === 0 : succeeded >= spec.completions;
  if (!complete || (spec.completions === 0 && active.length > 0)) return undefined;
  return { type: "Complete", reason: "CompletionsReached", message: "Reached expected number of succeeded pods" };
}

/** Jobs whose indexes fail one by one end when too many have, or when none is left to try. */
function indexesEnd({ job, tally, active }: Facts): End | undefined {
  const { backoffLimitPerIndex, maxFailedIndexes, completions = 0 } = job.spec;
  if (backoffLimitPerIndex === undefined) return undefined;
  const failed = tally.failedIndexes.size;
  if (maxFailedIndexes !== undefined && failed > maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return { type: "Failed", reason: "MaxFailedIndexesExceeded", message };
  }
  if (failed === 0 || active.length > 0 || failed + tally.completed.size < completions) return undefined;
  return { type: "Failed", reason: "FailedIndexes", message: "Job has failed indexes" };
}

/** Failed pods, and with restart policy OnFailure the restarts inside of pods that still run. */
function failuresOf({ job, active, failed }: Facts): number {
  if (job.spec.template.spec?.restartPolicy !== "OnFailure") return failed;
  const restarts = active.flatMap((pod) => [
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.initContainerStatuses ?? []),
  ]);
  const sum = restarts.reduce((total, status) => total + (status.restartCount ?? 0), 0);
  return job.spec.backoffLimit === 0
    ? failed + sum
    : Math.max(failed, sum >= (job.spec.backoffLimit ?? 6) ? sum + 1 : sum);
}

/** An end that was announced before and waits for its pods. */
function pendingEnd({ status }: Readonly<Job>): End | undefined {
  const announced = status?.conditions?.find(
    ({ type, status: is }) => (type === "FailureTarget" || type === "SuccessCriteriaMet") && is === "True",
  );
  if (!announced) return undefined;
  const { reason = "", message = "" } = announced;
  return { type: announced.type === "FailureTarget" ? "Failed" : "Complete", reason, message };
}

interface Work {
  readonly create: readonly Wanted[];
  readonly remove: readonly Readonly<Pod>[];
  readonly againMs: number | undefined;
}

function workOf(facts: Facts, pods: readonly Readonly<Pod>[]): Work {
  const { job, active, terminating, succeeded, completed, now, tally } = facts;
  const { parallelism = 1, completions } = job.spec;
  const blocked = job.spec.podReplacementPolicy === "Failed" ? terminating.length : 0;
  const wanted =
    completions === undefined
      ? succeeded > 0
        ? active.length
        : parallelism
      : Math.min(parallelism, Math.max(0, completions - succeeded - tally.failedIndexes.size));
  if (active.length > wanted) return { create: [], remove: active.slice(wanted), againMs: undefined };
  const missing = Math.max(0, wanted - active.length - blocked);
  if (missing === 0) return { create: [], remove: duplicates(job, active), againMs: undefined };
  if (job.spec.backoffLimitPerIndex !== undefined) return indexWork(facts, missing);
  const waitMs = backoffLeft(facts, pods, now);
  if (waitMs > 0) return { create: [], remove: [], againMs: waitMs };
  if (!isIndexed(job))
    return { create: Array.from({ length: missing }, () => ({ index: undefined })), remove: [], againMs: undefined };
  const taken = new Set(active.map(indexOf));
  const free: Wanted[] = [];
  for (let index = 0; index < (completions ?? 0) && free.length < missing; index++) {
    if (!completed.has(index) && !taken.has(index)) free.push({ index });
  }
  return { create: free, remove: [], againMs: undefined };
}

/** Each index waits for itself after it failed. */
function indexWork({ job, pods, active, tally, now }: Facts, missing: number): Work {
  const failures = new Map<number, { count: number; lastMs: number }>();
  for (const pod of pods) {
    if (pod.status?.phase !== "Failed") continue;
    const known = failures.get(indexOf(pod));
    const own = judge(job, pod).action === "Ignore" ? 0 : 1;
    const count = Math.max(known?.count ?? 0, failuresBefore(pod) + own);
    failures.set(indexOf(pod), { count, lastMs: Math.max(known?.lastMs ?? 0, endedAt(pod)) });
  }
  const taken = new Set(active.map(indexOf));
  const create: Wanted[] = [];
  let againMs: number | undefined;
  for (let index = 0; index < (job.spec.completions ?? 0) && create.length < missing; index++) {
    if (tally.completed.has(index) || tally.failedIndexes.has(index) || taken.has(index)) continue;
    const { count = 0, lastMs = 0 } = failures.get(index) ?? {};
    const waitMs = count === 0 ? 0 : lastMs + Math.min(backoffMs.max, backoffMs.first * 2 ** (count - 1)) - now;
    if (waitMs > 0) againMs = Math.min(againMs ?? waitMs, waitMs);
    else create.push({ index, failures: count });
  }
  return { create, remove: duplicates(job, active), againMs };
}

/** Two pods of one index: the later one is too much. */
function duplicates(job: Readonly<Job>, active: readonly Readonly<Pod>[]): Readonly<Pod>[] {
  if (!isIndexed(job)) return [];
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (seen.has(index)) return true;
    seen.add(index);
    return false;
  });
}

/** After the n-th failure in a row a new pod waits 10 s · 2^(n-1) from when the last one ended. */
function backoffLeft({ failed }: Facts, pods: readonly Readonly<Pod>[], now: number): number {
  if (failed === 0) return 0;
  const ends = pods.filter((pod) => pod.status?.phase === "Failed").map(endedAt);
  const last = Math.max(0, ...ends);
  if (last === 0) return 0;
  return Math.max(0, last + Math.min(backoffMs.max, backoffMs.first * 2 ** (failed - 1)) - now);
}

function endedAt(pod: Readonly<Pod>): number {
  const ends = (pod.status?.containerStatuses ?? []).flatMap((status) => status.state?.terminated?.finishedAt ?? []);
  return Math.max(0, ...ends.map((text) => Date.parse(text) || 0));
}

function deadlineIn({ job, now }: Facts): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || isFinished(job) || job.spec.suspend) return undefined;
  const start = job.status?.startTime ? Date.parse(job.status.startTime) : now;
  return Math.max(100, start + activeDeadlineSeconds * 1000 - now);
}

interface Ending {
  readonly end: End | undefined;
  /** Every ended pod is counted. */
  readonly settled: boolean;
  readonly suspended: boolean;
  /** No pod is left that runs. */
  readonly gone: boolean;
}

function conditionsAndEnd({ job, now }: Facts, { end, settled, suspended, gone }: Ending): Partial<JobStatus> {
  const at = timeText(now);
  const conditions = [...(job.status?.conditions ?? [])];
  const set = (type: string, status: string, reason: string, message: string) => {
    const old = conditions.findIndex((condition) => condition.type === type);
    if (old >= 0 && conditions[old]!.status === status) return;
    const next: JobCondition = { type, status, reason, message, lastProbeTime: at, lastTransitionTime: at };
    if (old >= 0) conditions[old] = next;
    else conditions.push(next);
  };
  if (suspended) set("Suspended", "True", "JobSuspended", "Job suspended");
  else if (conditions.some(({ type }) => type === "Suspended")) set("Suspended", "False", "JobResumed", "Job resumed");
  let completionTime: string | undefined;
  if (end) {
    const announcement = end.type === "Failed" ? "FailureTarget" : "SuccessCriteriaMet";
    const announced = conditions.some(({ type }) => type === announcement);
    set(announcement, "True", end.reason, end.message);
    // The end itself is written once the announcement stands and nothing is left to count.
    if (announced && settled && gone) {
      set(end.type, "True", end.reason, end.message);
      if (end.type === "Complete") completionTime = at;
    }
  }
  return compact({
    conditions: conditions.length > 0 ? conditions : undefined,
    completionTime: completionTime ?? job.status?.completionTime,
  } as JobStatus);
}
