import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { type Constraint, constraintsOf, hasKeys, matchingPods, nodeCounts } from "./constraints.ts";

interface HardState {
  readonly constraints: readonly { constraint: Constraint; domains: Map<string, number>; min: number; self: number }[];
}

interface SoftState {
  readonly constraints: readonly { constraint: Constraint; domains: Map<string, number>; weight: number }[];
}

const hostnameKey = "kubernetes.io/hostname";
/** Marks a node that cannot be scored because it lacks a topology label; it gets 0 in the end. */
const unscored = -1;

/** Spreads the pods that a constraint selects evenly over topology domains. */
export const podTopologySpread = definePlugin<HardState, SoftState>({
  name: "PodTopologySpread",
  preFilter(pod, cluster) {
    const constraints = constraintsOf(pod.pod, "DoNotSchedule");
    return constraints.length === 0 ? { skip: true } : { state: hardState(pod, constraints, cluster) };
  },
  filter(_, node, { constraints }) {
    for (const { constraint, domains, min, self } of constraints) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) {
        return unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
      }
      if ((domains.get(value) ?? 0) + self - min > constraint.maxSkew) {
        return unschedulable("node(s) didn't match pod topology spread constraints");
      }
    }
    return ok;
  },
  preScore(pod, nodes, cluster) {
    const constraints = constraintsOf(pod.pod, "ScheduleAnyway");
    return constraints.length === 0 ? { skip: true } : { state: softState(pod, constraints, nodes, cluster) };
  },
  score(pod, node, { constraints }) {
    if (
      !hasKeys(
        constraints.map((c) => c.constraint),
        node,
      )
    )
      return unscored;
    let sum = 0;
    for (const { constraint, domains, weight } of constraints) {
      const value = node.labels[constraint.topologyKey]!;
      const count =
        constraint.topologyKey === hostnameKey
          ? matchingPods(constraint, pod.pod.metadata.namespace, node)
          : (domains.get(value) ?? 0);
      sum += count * weight + (constraint.maxSkew - 1);
    }
    return Math.round(sum);
  },
  normalize(scores) {
    const scored = scores.filter((score) => score !== unscored);
    const low = Math.min(...scored);
    const high = Math.max(...scored);
    for (const [at, score] of scores.entries()) {
      if (score === unscored) scores[at] = 0;
      else scores[at] = high === 0 ? 100 : Math.floor((100 * (high + low - score)) / high);
    }
  },
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "selfUpdated" ||
    event.kind === "podAssigned" ||
    event.kind === "podGone" ||
    event.kind === "podUpdated" ||
    (event.kind === "nodeUpdated" && (event.changed.has("labels") || event.changed.has("taints"))),
});

function hardState(pod: PodInfo, constraints: readonly Constraint[], cluster: ClusterView): HardState {
  return {
    constraints: constraints.map((constraint) => {
      const domains = new Map<string, number>();
      for (const node of cluster.nodes) {
        if (!hasKeys(constraints, node) || !nodeCounts(constraint, pod, node)) continue;
        const value = node.labels[constraint.topologyKey]!;
        domains.set(value, (domains.get(value) ?? 0) + matchingPods(constraint, pod.pod.metadata.namespace, node));
      }
      // Fewer domains than asked for count as if an empty one existed, so that new ones get filled.
      const min = domains.size < constraint.minDomains ? 0 : Math.min(...domains.values());
      return { constraint, domains, min, self: constraint.selector.matches(pod.labels) ? 1 : 0 };
    }),
  };
}

function softState(
  pod: PodInfo,
  constraints: readonly Constraint[],
  feasible: readonly NodeInfo[],
  cluster: ClusterView,
): SoftState {
  return {
    constraints: constraints.map((constraint) => {
      const domains = new Map<string, number>();
      const eligible = feasible.filter((node) => hasKeys(constraints, node));
      for (const node of eligible) domains.set(node.labels[constraint.topologyKey]!, 0);
      const size = constraint.topologyKey === hostnameKey ? eligible.length : domains.size;
      if (constraint.topologyKey !== hostnameKey) {
        for (const node of cluster.nodes) {
          const value = node.labels[constraint.topologyKey];
          if (value === undefined || !domains.has(value)) continue;
          if (!hasKeys(constraints, node) || !nodeCounts(constraint, pod, node)) continue;
          domains.set(value, domains.get(value)! + matchingPods(constraint, pod.pod.metadata.namespace, node));
        }
      }
      // Few domains weigh less: one more pod in one of three zones says less than on one of a hundred hosts.
      return { constraint, domains, weight: Math.log(size + 2) };
    }),
  };
}
