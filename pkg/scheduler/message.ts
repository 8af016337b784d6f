import type { Verdict } from "./framework/verdict.ts";

/** `0/3 nodes are available: 1 Insufficient cpu, 2 node(s) were unschedulable.`: each reason with the number of nodes that gave it. */
export function fitMessage(
  nodeCount: number,
  failures: ReadonlyMap<string, Verdict>,
  preFilterReason?: string,
): string {
  if (nodeCount === 0) return preFilterReason ?? "no nodes available to schedule pods";
  const head = `0/${nodeCount} nodes are available:`;
  if (preFilterReason !== undefined) return `${head} ${preFilterReason}.`;
  const counts = new Map<string, number>();
  for (const verdict of failures.values()) {
    if (verdict.kind !== "unschedulable" && verdict.kind !== "unresolvable") continue;
    for (const reason of verdict.reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return `${head} ${countedReasons(counts)}.`;
}

/** `1 A, 2 B`, in alphabetical order of the printed text, as upstream does. */
export function countedReasons(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([reason, count]) => `${count} ${reason}`)
    .sort()
    .join(", ");
}
