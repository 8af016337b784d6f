import { amount, type Resources } from "../../cache/resources.ts";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";

interface Shortage {
  readonly reason: string;
  /** More than the empty node has: removing pods would not help. */
  readonly never: boolean;
}

/**
 * Places pods where their requests fit, and prefers nodes with most left (LeastAllocated over CPU and memory, equal
 * weights).
 */
export const nodeResourcesFit = definePlugin({
  name: "NodeResourcesFit",
  filter(pod, node) {
    const shortages = shortagesOf(pod, node);
    if (shortages.length === 0) return ok;
    const reasons = shortages.map((shortage) => shortage.reason);
    return shortages.some((shortage) => shortage.never) ? unresolvable(...reasons) : unschedulable(...reasons);
  },
  score(pod, node) {
    const cpu = freeShare(pod.scoringRequests, node, "cpu");
    const memory = freeShare(pod.scoringRequests, node, "memory");
    return Math.floor((cpu + memory) / 2);
  },
  normalize: "none",
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "podGone" ||
    event.kind === "podUpdated" ||
    event.kind === "selfUpdated" ||
    (event.kind === "nodeUpdated" && event.changed.has("allocatable")),
});

/** What of the pod does not fit; the scheduler's message counts these reasons over nodes. */
export function shortagesOf(pod: PodInfo, node: NodeInfo): Shortage[] {
  const out: Shortage[] = [];
  if (node.pods.size + 1 > node.maxPods) out.push({ reason: "Too many pods", never: false });
  const { requests } = pod;
  const check = (name: string, wanted: number, reason = `Insufficient ${name}`) => {
    if (wanted <= 0) return;
    const capacity = amount(node.allocatable, name);
    if (wanted > capacity - amount(node.requested, name)) out.push({ reason, never: wanted > capacity });
  };
  check("cpu", requests.cpuMillis);
  check("memory", requests.memoryBytes);
  check("ephemeral-storage", requests.ephemeralBytes);
  for (const [name, wanted] of requests.scalars) check(name, wanted);
  return out;
}

/** 0…100: the share of the node's capacity that is free once the pod is there. */
function freeShare(wanted: Resources, node: NodeInfo, name: "cpu" | "memory"): number {
  const capacity = amount(node.allocatable, name);
  const used = amount(node.scoringRequested, name) + amount(wanted, name);
  return capacity === 0 || used > capacity ? 0 : Math.floor(((capacity - used) * 100) / capacity);
}
