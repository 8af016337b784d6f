/** Rows of memory and processor time of the processes of a side. Pure. */
import type { Numbers } from "./figures.ts";
import type { Report, Samples } from "./verdict.ts";

const labels: readonly (readonly [string, readonly string[]])[] = [
  ["API server", ["server"]],
  ["controllers", ["controllers"]],
  ["scheduler", ["scheduler"]],
  ["controllers and scheduler", ["controllers", "scheduler", "controllers+scheduler"]],
  ["all", ["server", "controllers", "scheduler", "controllers+scheduler"]],
];

function sumOf(report: Report, roles: readonly string[], figure: (samples: Samples) => number): number | undefined {
  const found = roles.flatMap((role) => (report.processes[role] ? [figure(report.processes[role])] : []));
  return found.length === 0 ? undefined : found.reduce((sum, value) => sum + value, 0);
}

/** Memory before the load, when all pods are bound, and at its highest; processor time until bound, and of all of it. */
export function usageOf(report: Report, prefix: string): Numbers {
  const figures: readonly (readonly [string, (samples: Samples) => number])[] = [
    ["memory idle, MB", ({ idle }) => idle.rss_mb],
    ["memory with all bound, MB", ({ bound }) => bound.rss_mb],
    ["highest memory, MB", ({ end }) => end.peak_mb],
    ["processor time until bound, s", ({ idle, bound }) => bound.cpu_s - idle.cpu_s],
    ["processor time until gone, s", ({ idle, end }) => end.cpu_s - idle.cpu_s],
  ];
  const rows = figures.flatMap(([what, figure]) =>
    labels.flatMap(([label, roles]): [string, number][] => {
      const sum = sumOf(report, roles, figure);
      return sum === undefined ? [] : [[`${prefix}${what}: ${label}`, sum]];
    }),
  );
  return Object.fromEntries(rows);
}
