/** Where a DaemonSet's pods belong. Pure. https://kubernetes.io/docs/concepts/workloads/controllers/daemonset/#how-daemon-pods-are-scheduled */
import type { DaemonSet } from "#api/types/apps/v1";
import type { Affinity, Node, NodeSelectorTerm, Pod, Toleration } from "#api/types/core/v1";
import { matchesNodeSelection } from "#pkg/apimachinery/placement/node-selector.ts";
import { firstUntolerated } from "#pkg/apimachinery/placement/tolerations.ts";

/** Daemons stay on nodes that others have to leave. */
const condition = (key: string, effect: "NoExecute" | "NoSchedule"): Toleration => ({
  key: `node.kubernetes.io/${key}`,
  operator: "Exists",
  effect,
});
const always: readonly Toleration[] = [
  condition("not-ready", "NoExecute"),
  condition("unreachable", "NoExecute"),
  condition("disk-pressure", "NoSchedule"),
  condition("memory-pressure", "NoSchedule"),
  condition("pid-pressure", "NoSchedule"),
  condition("unschedulable", "NoSchedule"),
];
const onHostNetwork: readonly Toleration[] = [condition("network-unavailable", "NoSchedule")];

export function tolerationsOf({ spec }: Readonly<Pod>): Toleration[] {
  const own = spec.tolerations ?? [];
  const added = [...always, ...(spec.hostNetwork ? onHostNetwork : [])];
  const isThere = (wanted: Toleration) =>
    own.some(
      ({ key, operator, effect }) => key === wanted.key && operator === wanted.operator && effect === wanted.effect,
    );
  return [...own, ...added.filter((toleration) => !isThere(toleration))];
}

/** Leaves the scheduler only this node, whatever the required affinity said: the controller has looked at that already. */
export function affinityFor(affinity: Affinity | undefined, node: string): Affinity {
  const term: NodeSelectorTerm = { matchFields: [{ key: "metadata.name", operator: "In", values: [node] }] };
  return {
    ...affinity,
    nodeAffinity: {
      ...affinity?.nodeAffinity,
      requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [term] },
    },
  };
}

/** The node that a daemon pod is on or is meant for. */
export function nodeOf({ spec }: Readonly<Pod>): string {
  if (spec.nodeName) return spec.nodeName;
  const terms = spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms ?? [];
  for (const { matchFields = [] } of terms) {
    const field = matchFields.find(({ key, values }) => key === "metadata.name" && values?.length === 1);
    if (field) return field.values?.[0] ?? "";
  }
  return "";
}

export interface Placement {
  /** A pod is to be made here where there is none. */
  readonly shouldRun: boolean;
  /** A pod that is here may stay. */
  readonly mayStay: boolean;
}

export function placementOn(set: Readonly<DaemonSet>, pod: Readonly<Pod>, node: Readonly<Node>): Placement {
  const { name = "", labels = {} } = node.metadata;
  const wanted = set.spec.template?.spec?.nodeName;
  const never = { shouldRun: false, mayStay: false };
  if (wanted && wanted !== name) return never;
  if (!matchesNodeSelection(pod, { name, labels })) return never;
  const taints = node.spec?.taints ?? [];
  const tolerations = tolerationsOf(pod);
  if (!firstUntolerated(taints, tolerations, ["NoSchedule", "NoExecute"])) return { shouldRun: true, mayStay: true };
  return { shouldRun: false, mayStay: !firstUntolerated(taints, tolerations, ["NoExecute"]) };
}
