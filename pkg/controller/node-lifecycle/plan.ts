/** Which taints a node's state asks for, and when a node counts as lost. Pure. */
import type { Node, NodeCondition, Taint } from "#api/types/core/v1";

const prefix = "node.kubernetes.io/";
export const notReady = `${prefix}not-ready`;
export const unreachable = `${prefix}unreachable`;

/** Condition type and status to the taint it stands for. */
const conditionTaints: readonly { type: string; status: string; key: string }[] = [
  { type: "Ready", status: "False", key: notReady },
  { type: "Ready", status: "Unknown", key: unreachable },
  { type: "MemoryPressure", status: "True", key: `${prefix}memory-pressure` },
  { type: "DiskPressure", status: "True", key: `${prefix}disk-pressure` },
  { type: "PIDPressure", status: "True", key: `${prefix}pid-pressure` },
  { type: "NetworkUnavailable", status: "True", key: `${prefix}network-unavailable` },
];

const unschedulable = `${prefix}unschedulable`;
const ours = new Set([...conditionTaints.map(({ key }) => key), unschedulable]);

const statusOf = (node: Readonly<Node>, type: string): string | undefined =>
  node.status?.conditions?.find((condition) => condition.type === type)?.status;

/** The taints the node should have; undefined when they are what it has. `now` dates new NoExecute taints. */
export function plannedTaints(node: Readonly<Node>, now: string): Taint[] | undefined {
  const current = node.spec?.taints ?? [];
  const wanted = new Map<string, Taint>();
  const want = (taint: Taint) => wanted.set(`${taint.key}:${taint.effect}`, taint);
  for (const { type, status, key } of conditionTaints) {
    if (statusOf(node, type) !== status) continue;
    want({ key, effect: "NoSchedule" });
    if (type === "Ready") want({ key, effect: "NoExecute", timeAdded: now });
  }
  if (node.spec?.unschedulable) want({ key: unschedulable, effect: "NoSchedule" });
  // A node that has never reported keeps what admission gave it.
  if (statusOf(node, "Ready") === undefined && current.some((taint) => taint.key === notReady)) {
    want({ key: notReady, effect: "NoSchedule" });
  }
  const kept = current.filter((taint) => !ours.has(taint.key) || wanted.delete(`${taint.key}:${taint.effect}`));
  if (kept.length === current.length && wanted.size === 0) return undefined;
  return [...kept, ...wanted.values()];
}

const reported = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node that has not been heard of: unknown, all of them. Undefined when they say so already. */
export function lostConditions(node: Readonly<Node>, now: string): NodeCondition[] | undefined {
  const current = node.status?.conditions ?? [];
  const known = new Map(current.map((condition) => [condition.type, condition]));
  if (reported.every((type) => known.get(type)?.status === "Unknown")) return undefined;
  const lost = reported.map((type): NodeCondition => {
    const old = known.get(type);
    if (old?.status === "Unknown") return old;
    return {
      type,
      status: "Unknown",
      reason: old ? "NodeStatusUnknown" : "NodeStatusNeverUpdated",
      message: old ? "Kubelet stopped posting node status." : "Kubelet never posted node status.",
      lastHeartbeatTime: old?.lastHeartbeatTime ?? node.metadata.creationTimestamp ?? now,
      lastTransitionTime: now,
    };
  });
  return [...current.filter((condition) => !reported.includes(condition.type)), ...lost];
}
