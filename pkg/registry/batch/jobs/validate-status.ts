/**
 * What may be reported of a job. Whoever manages it, what was finished stays finished, and what is reported fits
 * together. Most rules look only at what a report changes: a job that was wrong before can still be updated.
 */
import type { Job, JobStatus } from "#api/types/batch/v1";
import { duplicate, type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { wrong } from "./failure-policy.ts";
import { countIndexes, sharedIndex } from "./indexes.ts";

/** One state of a job, with its conditions looked up. */
interface Report {
  readonly job: Readonly<Job>;
  readonly status: JobStatus;
  readonly complete: boolean;
  readonly failed: boolean;
  readonly failureTarget: boolean;
  readonly criteriaMet: boolean;
  readonly finished: boolean;
}

function reportOf(job: Readonly<Job>): Report {
  const status = job.status ?? {};
  const holds = (type: string): boolean =>
    (status.conditions ?? []).some((condition) => condition.type === type && condition.status === "True");
  const [complete, failed] = [holds("Complete"), holds("Failed")];
  return {
    job,
    status,
    complete,
    failed,
    failureTarget: holds("FailureTarget"),
    criteriaMet: holds("SuccessCriteriaMet"),
    finished: complete || failed,
  };
}

type Aspect = keyof JobStatus | "complete" | "failed" | "failureTarget" | "criteriaMet" | "finished";
/** Whether a report changes one of these. */
type Changed = (...aspects: Aspect[]) => boolean;

function changedBetween(next: Report, old: Report): Changed {
  const values = (report: Report) => ({ ...report.status, ...report }) as unknown as Readonly<Record<string, unknown>>;
  const [after, before] = [values(next), values(old)];
  return (...aspects) => aspects.some((aspect) => !sameMeaning(after[aspect], before[aspect]));
}

export function validateJobStatus(job: Readonly<Job>, oldJob: Readonly<Job>): FieldError[] {
  const [next, old] = [reportOf(job), reportOf(oldJob)];
  const changed = changedBetween(next, old);
  return [
    ...counters(next.status),
    ...contradictions(next, changed),
    ...completionTime(next, changed),
    ...end(next, changed),
    ...finishedPods(next, changed),
    ...indexes(next, changed),
    ...readiness(next, changed),
    ...successCriteria(next),
    ...steps(next, old, changed),
  ];
}

const conditions = "status.conditions";

function* counters(status: JobStatus): Findings {
  for (const name of ["active", "succeeded", "failed", "ready", "terminating"] as const) {
    yield* atLeastZero(`status.${name}`, status[name]);
  }
  const seen = new Set<string>();
  for (const list of ["succeeded", "failed"] as const) {
    for (const [at, uid] of (status.uncountedTerminatedPods?.[list] ?? []).entries()) {
      const path = `status.uncountedTerminatedPods.${list}[${at}]`;
      if (!uid) yield invalid(path, "", "must not be empty");
      else if (seen.has(uid)) yield duplicate(path, uid);
      seen.add(uid);
    }
  }
}

function* contradictions({ complete, failed, failureTarget }: Report, changed: Changed): Findings {
  if (complete && failed && changed("complete", "failed")) {
    yield wrong(conditions, "cannot set Complete=True and Failed=true conditions");
  }
  if (complete && failureTarget && changed("complete", "failureTarget")) {
    yield wrong(conditions, "cannot set Complete=True and FailureTarget=true conditions");
  }
}

function* completionTime({ complete, status }: Report, changed: Changed): Findings {
  const path = "status.completionTime";
  const { completionTime: end, startTime: start } = status;
  if (changed("complete", "completionTime")) {
    if (end && !complete)
      yield invalid(path, end, "cannot set completionTime when there is no Complete=True condition");
    if (!end && complete) yield required(path, "completionTime is required for Complete jobs");
  }
  if (start && end && changed("startTime", "completionTime") && Date.parse(end) < Date.parse(start)) {
    yield invalid(path, end, "must be equal to or after `startTime`");
  }
}

function* end({ complete, failed, failureTarget, criteriaMet }: Report, changed: Changed): Findings {
  if (failed && !failureTarget && changed("failed", "failedIndexes")) {
    yield wrong(conditions, "cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if (complete && !criteriaMet && changed("complete", "criteriaMet")) {
    yield wrong(conditions, "cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
}

function* finishedPods({ job, status, finished }: Report, changed: Changed): Findings {
  if (!finished) return;
  if ((status.active ?? 0) > 0 && changed("finished", "active")) {
    yield invalid("status.active", status.active, "active>0 is invalid for finished job");
  }
  const neverRuns = job.spec.suspend === true && job.spec.completions === 0;
  if (!status.startTime && !neverRuns && changed("finished", "startTime")) {
    yield required("status.startTime", "startTime is required for finished job");
  }
  const uncounted = status.uncountedTerminatedPods;
  const count = (uncounted?.failed?.length ?? 0) + (uncounted?.succeeded?.length ?? 0);
  if (count > 0 && changed("finished", "uncountedTerminatedPods")) {
    const shown = { Succeeded: uncounted?.succeeded ?? null, Failed: uncounted?.failed ?? null };
    yield invalid("status.uncountedTerminatedPods", shown, "must be empty for finished job");
  }
}

function* indexes({ job: { spec }, status }: Report, changed: Changed): Findings {
  const { completedIndexes: completed = "", failedIndexes: failed } = status;
  const { completions, backoffLimitPerIndex, completionMode } = spec;
  const [completedPath, failedPath] = ["status.completedIndexes", "status.failedIndexes"];
  const isCompletedNew = changed("completedIndexes");
  const isFailedNew = changed("failedIndexes");
  if (completions !== undefined && isCompletedNew) yield* parsable(completedPath, completed, completions);
  if (completions !== undefined && backoffLimitPerIndex !== undefined && failed !== undefined && isFailedNew) {
    yield* parsable(failedPath, failed, completions);
  }
  if (completed !== "" && completionMode !== "Indexed" && isCompletedNew) {
    yield invalid(completedPath, completed, "cannot set non-empty completedIndexes when non-indexed completion mode");
  }
  if (failed !== undefined && backoffLimitPerIndex === undefined && isFailedNew) {
    yield invalid(failedPath, failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
  }
  if (completions === undefined || failed === undefined || !(isCompletedNew || isFailedNew)) return;
  const shared = sharedIndex(completed, failed, completions);
  if (shared !== undefined) {
    yield invalid(failedPath, failed, `failedIndexes and completedIndexes overlap at index: ${shared}`);
  }
}

function* parsable(path: string, text: string, completions: number): Findings {
  const counted = countIndexes(text, completions);
  if (typeof counted === "number") return;
  yield invalid(path, text, `error parsing ${path.slice("status.".length)}: ${counted.error}`);
}

function* readiness({ status: { terminating = 0, ready, active = 0 }, finished }: Report, changed: Changed): Findings {
  if (terminating > 0 && finished && changed("finished", "terminating")) {
    yield invalid("status.terminating", terminating, "terminating>0 is invalid for finished job");
  }
  if (ready !== undefined && ready > active && changed("ready", "active")) {
    yield invalid("status.ready", ready, "cannot set more ready pods than active");
  }
}

function* successCriteria({ job, criteriaMet, failed, failureTarget, complete }: Report): Findings {
  if (criteriaMet && failed) yield wrong(conditions, "cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (criteriaMet && failureTarget) {
    yield wrong(conditions, "cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  }
  if (job.spec.successPolicy && !criteriaMet && complete) {
    yield wrong(conditions, "cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
}

/** What may follow on what. */
function* steps(next: Report, old: Report, changed: Changed): Findings {
  const { status, job } = next;
  for (const [type, is] of [
    ["Failed", "failed"],
    ["Complete", "complete"],
    ["FailureTarget", "failureTarget"],
  ] as const) {
    if (old[is] && !next[is]) yield wrong(conditions, `cannot disable the terminal ${type}=True condition`);
  }
  yield* noLess("failed", next, old);
  // A job whose completions follow its parallelism may shrink.
  const shrinks = job.spec.completionMode === "Indexed" && job.spec.completions === job.spec.parallelism;
  if (!shrinks) yield* noLess("succeeded", next, old);
  const { completionTime: end } = status;
  if (end && old.status.completionTime && changed("completionTime")) {
    yield invalid("status.completionTime", end, "field is immutable");
  }
  if (old.status.startTime && changed("startTime") && !job.spec.suspend && !isResuming(next, old)) {
    yield required("status.startTime", "startTime cannot be removed for unsuspended job");
  }
  if (old.criteriaMet && !next.criteriaMet) {
    yield wrong(conditions, "cannot disable the SuccessCriteriaMet=True condition");
  }
  if (old.complete && !old.criteriaMet && next.criteriaMet) {
    yield wrong(conditions, "cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  }
}

function* noLess(counter: "failed" | "succeeded", { status }: Report, old: Report): Findings {
  const value = status[counter] ?? 0;
  if (value < (old.status[counter] ?? 0)) {
    yield invalid(`status.${counter}`, value, `cannot decrease the ${counter} counter`);
  }
}

function isResuming(next: Report, old: Report): boolean {
  const suspended = ({ status }: Report, is: "True" | "False") =>
    (status.conditions ?? []).some((condition) => condition.type === "Suspended" && condition.status === is);
  return suspended(old, "True") && suspended(next, "False");
}
