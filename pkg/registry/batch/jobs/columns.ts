import type { Job } from "#api/types/batch/v1";
import { age, type Cells, containerCells, nameOf, selectorCell } from "#pkg/apimachinery/table/cells.ts";
import { humanDuration } from "#pkg/apimachinery/table/duration.ts";

export const jobCells: Cells<Job> = (job, now) => [
  nameOf(job),
  statusOf(job),
  completionsOf(job),
  durationOf(job, now),
  age(job, now),
  ...containerCells(job.spec?.template.spec?.containers),
  selectorCell(job.spec?.selector),
];

function statusOf(job: Job): string {
  const holds = (type: string) => job.status?.conditions?.some((c) => c.type === type && c.status === "True");
  if (holds("Complete")) return "Complete";
  if (holds("Failed")) return "Failed";
  if (job.metadata.deletionTimestamp) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find(holds) ?? "Running";
}

function completionsOf({ spec, status }: Job): string {
  const succeeded = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${succeeded}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${succeeded}/1 of ${parallelism}` : `${succeeded}/1`;
}

function durationOf({ status }: Job, now: Date): string {
  if (!status?.startTime) return "";
  const end = status.completionTime ? Date.parse(status.completionTime) : now.getTime();
  return humanDuration(end - Date.parse(status.startTime));
}
