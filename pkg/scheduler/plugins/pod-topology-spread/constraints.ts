import type { Pod, TopologySpreadConstraint } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { matchesNodeSelection } from "#pkg/apimachinery/placement/node-selector.ts";
import { firstUntolerated } from "#pkg/apimachinery/placement/tolerations.ts";
import { zoneLabel } from "#pkg/apimachinery/placement/topology.ts";
import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import type { Matcher } from "../../companions.ts";

export interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  readonly selector: Matcher;
  readonly honorAffinity: boolean;
  readonly honorTaints: boolean;
}

export function constraintsOf(pod: Readonly<Pod>, when: "DoNotSchedule" | "ScheduleAnyway"): Constraint[] {
  return (pod.spec.topologySpreadConstraints ?? [])
    .filter((constraint) => constraint.whenUnsatisfiable === when)
    .map((constraint) => compile(constraint, pod.metadata.labels ?? {}));
}

/** What a pod without constraints is spread by: softly, with its companions, over hosts and zones. */
export const defaultConstraints = (selector: Matcher): Constraint[] =>
  [
    { topologyKey: "kubernetes.io/hostname", maxSkew: 3 },
    { topologyKey: zoneLabel, maxSkew: 5 },
  ].map((each) => ({ ...each, minDomains: 1, selector, honorAffinity: true, honorTaints: false }));

function compile(constraint: TopologySpreadConstraint, labels: Readonly<Record<string, string>>): Constraint {
  const keys = (constraint.matchLabelKeys ?? []).filter((key) => Object.hasOwn(labels, key));
  const selector = constraint.labelSelector ?? {};
  const extended = {
    ...selector,
    matchExpressions: [
      ...(selector.matchExpressions ?? []),
      ...keys.map((key) => ({ key, operator: "In", values: [labels[key]!] })),
    ],
  };
  return {
    topologyKey: constraint.topologyKey,
    maxSkew: constraint.maxSkew,
    minDomains: constraint.minDomains ?? 1,
    selector: labelSelectorFrom(extended),
    honorAffinity: (constraint.nodeAffinityPolicy ?? "Honor") === "Honor",
    honorTaints: constraint.nodeTaintsPolicy === "Honor",
  };
}

/** Whether a node's pods are counted for this constraint at all. */
export function nodeCounts(constraint: Constraint, pod: PodInfo, node: NodeInfo): boolean {
  if (constraint.honorAffinity && !matchesNodeSelection(pod.pod, node)) return false;
  return !constraint.honorTaints || !firstUntolerated(node.taints, pod.tolerations, ["NoSchedule", "NoExecute"]);
}

/** Calls with each node that has live pods of the namespace that the constraint selects, and with how many; a node may come again. */
export function forSelected(
  { selector }: Constraint,
  namespace: string | undefined,
  cluster: ClusterView,
  call: (node: NodeInfo, count: number) => void,
): void {
  for (const { pod, leaving, nodes } of cluster.podGroups) {
    if (leaving || pod.pod.metadata.namespace !== namespace || !selector.matches(pod.labels)) continue;
    for (const [node, count] of nodes) if (node.exists) call(node, count);
  }
}

export const hasKeys = (constraints: readonly Constraint[], node: NodeInfo): boolean =>
  constraints.every((constraint) => Object.hasOwn(node.labels, constraint.topologyKey));
