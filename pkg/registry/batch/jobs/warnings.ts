import type { JobSpec } from "#api/types/batch/v1";

const completionsSoftMax = 100_000;
const parallelismSoftMax = 10_000;

/** What clients are told about the size of a job. */
export function jobSizeWarnings(path: string, { completionMode, completions, parallelism }: JobSpec): string[] {
  if (completionMode !== "Indexed") return [];
  if ((completions ?? 0) <= completionsSoftMax || (parallelism ?? 0) <= parallelismSoftMax) return [];
  return [
    `${path}: In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail`,
  ];
}
