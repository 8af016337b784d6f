/**
 * Who has to go first: pods that use more than they asked for, the less important first, then the larger excess. The order is
 * that of upstream's documentation, "Pod selection for kubelet eviction". Pure.
 */
import type { Pod } from "#api/types/core/v1";
import { diskPartsOf, type FileSystemLayout } from "./filesystems.ts";
import { diskUseOf, type PodUse, podAmountOf } from "./pod-use.ts";
import { resourceOf, type Signal } from "./signals.ts";

export interface Ranked {
  readonly pod: Pod;
  /** Absent: nothing is known, and such a pod goes before those of which something is. */
  readonly use: PodUse | undefined;
}

interface Excess {
  readonly exceeds: boolean;
  readonly beyond: number;
}

/** The order in which pods go for a signal; a stable sort. */
export function rankForEviction<T extends Ranked>(pods: readonly T[], signal: Signal, layout: FileSystemLayout): T[] {
  const measured = pods.map((one) => ({ one, excess: one.use && excessOf(one.pod, one.use, { signal, layout }) }));
  const byProcesses = resourceOf(signal) === "pids";
  return measured
    .toSorted(
      (a, b) =>
        (byProcesses ? 0 : compareExceeding(a.excess, b.excess)) ||
        priorityOf(a.one.pod) - priorityOf(b.one.pod) ||
        compareBeyond(a.excess, b.excess),
    )
    .map(({ one }) => one);
}

const priorityOf = ({ spec }: Pod): number => spec.priority ?? 0;

const compareExceeding = (a: Excess | undefined, b: Excess | undefined): number =>
  a && b ? Number(b.exceeds) - Number(a.exceeds) : unknownFirst(a, b);

const compareBeyond = (a: Excess | undefined, b: Excess | undefined): number =>
  a && b ? b.beyond - a.beyond : unknownFirst(a, b);

const unknownFirst = (a: Excess | undefined, b: Excess | undefined): number =>
  Number(a !== undefined) - Number(b !== undefined);

interface Ranking {
  readonly signal: Signal;
  readonly layout: FileSystemLayout;
}

function excessOf(pod: Pod, use: PodUse, { signal, layout }: Ranking): Excess {
  const resource = resourceOf(signal);
  if (resource === "pids") return { exceeds: false, beyond: use.processes ?? 0 };
  if (resource === "memory") return excess(use.memoryBytes ?? 0, podAmountOf(pod, "memory"));
  const disk = diskUseOf(pod, use, diskPartsOf(signal, layout));
  const asked = podAmountOf(pod, "ephemeral-storage");
  if (resource === "ephemeral-storage") return excess(disk.bytes, asked);
  // Nobody asks for inodes; upstream takes what is asked of the disk off all the same.
  return { exceeds: disk.inodes > 0, beyond: disk.inodes - (asked ?? 0) };
}

const excess = (used: number, asked = 0): Excess => ({ exceeds: used > asked, beyond: used - asked });
