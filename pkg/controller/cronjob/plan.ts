/** What a CronJob needs now, given its jobs. Pure. */
import type { CronJob, Job } from "#api/types/batch/v1";
import { conditionOf } from "../framework/conditions.ts";
import { missedSince, type Schedule } from "./schedule.ts";

export type Ending = "Complete" | "Failed";

export function endingOf({ status }: Readonly<Job>): Ending | undefined {
  return (["Complete", "Failed"] as const).find((type) => conditionOf(status?.conditions, type)?.status === "True");
}

/** When a finished Job ended, in ms since the epoch. */
export function endedAt(job: Readonly<Job>): number {
  const ending = endingOf(job);
  const condition = ending && conditionOf(job.status?.conditions, ending);
  return (
    Date.parse(job.status?.completionTime ?? condition?.lastTransitionTime ?? job.metadata.creationTimestamp ?? "") || 0
  );
}

/** Finished jobs beyond the limits of history, oldest first. */
export function surplusHistory({ spec }: Readonly<CronJob>, jobs: readonly Readonly<Job>[]): Readonly<Job>[] {
  const limits: Readonly<Record<Ending, number | undefined>> = {
    Complete: spec.successfulJobsHistoryLimit,
    Failed: spec.failedJobsHistoryLimit,
  };
  return (Object.keys(limits) as Ending[]).flatMap((ending) => {
    const limit = limits[ending];
    if (limit === undefined) return [];
    const finished = jobs.filter((job) => endingOf(job) === ending).toSorted((a, b) => startOf(a) - startOf(b));
    return finished.slice(0, Math.max(0, finished.length - limit));
  });
}

const startOf = ({ status, metadata }: Readonly<Job>): number =>
  Date.parse(status?.startTime ?? metadata.creationTimestamp ?? "") || 0;

export type Decision =
  | { readonly kind: "wait" }
  | { readonly kind: "missedDeadline"; readonly at: number }
  | { readonly kind: "forbidden" }
  | { readonly kind: "start"; readonly at: number; readonly replaces: boolean };

export interface Due {
  readonly decision: Decision;
  readonly tooMany: boolean;
}

/** Whether a job is to be started now. `active`: how many of its jobs run. */
export function decide(cronJob: Readonly<CronJob>, schedule: Schedule, active: number, now: number): Due {
  const { spec, status, metadata } = cronJob;
  const created = Date.parse(metadata.creationTimestamp ?? "") || now;
  const last = status?.lastScheduleTime ? Date.parse(status.lastScheduleTime) : created;
  const deadlineMs = spec.startingDeadlineSeconds === undefined ? undefined : spec.startingDeadlineSeconds * 1000;
  const since = deadlineMs === undefined ? last : Math.max(last, now - deadlineMs);
  const { latest, tooMany } = missedSince(schedule, since, now);
  if (latest === undefined) return { decision: { kind: "wait" }, tooMany };
  if (deadlineMs !== undefined && latest + deadlineMs < now) {
    return { decision: { kind: "missedDeadline", at: latest }, tooMany };
  }
  if (spec.concurrencyPolicy === "Forbid" && active > 0) return { decision: { kind: "forbidden" }, tooMany };
  return { decision: { kind: "start", at: latest, replaces: spec.concurrencyPolicy === "Replace" }, tooMany };
}
