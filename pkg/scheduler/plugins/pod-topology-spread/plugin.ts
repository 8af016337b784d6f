import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { type Constraint, constraintsOf, forSelected, hasKeys, nodeCounts } from "./constraints.ts";
import { countDomains } from "./domains.ts";

interface Hard {
  readonly constraint: Constraint;
  /** Pods by domain; a domain without any is not in it. */
  readonly counts: ReadonlyMap<string, number>;
  readonly min: number;
  readonly self: number;
}

interface HardState {
  readonly constraints: readonly Hard[];
}

interface Soft {
  readonly constraint: Constraint;
  /** Pods on the node, or in its domain. */
  countOf(node: NodeInfo): number;
  readonly weight: number;
}

interface SoftState {
  readonly all: readonly Constraint[];
  readonly constraints: readonly Soft[];
}

const hostnameKey = "kubernetes.io/hostname";
const missingLabel = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const skewed = unschedulable("node(s) didn't match pod topology spread constraints");
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
    for (const { constraint, counts, min, self } of constraints) {
      const value = node.labels[constraint.topologyKey];
      if (value === undefined) return missingLabel;
      if ((counts.get(value) ?? 0) + self - min > constraint.maxSkew) return skewed;
    }
    return ok;
  },
  preScore(pod, nodes, cluster) {
    const constraints = constraintsOf(pod.pod, "ScheduleAnyway");
    return constraints.length === 0 ? { skip: true } : { state: softState(pod, constraints, nodes, cluster) };
  },
  score(_, node, { all, constraints }) {
    if (!hasKeys(all, node)) return unscored;
    let sum = 0;
    for (const { constraint, countOf, weight } of constraints) {
      sum += countOf(node) * weight + (constraint.maxSkew - 1);
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
  const { namespace } = pod.pod.metadata;
  return {
    constraints: constraints.map((constraint) => {
      const counts = new Map<string, number>();
      forSelected(constraint, namespace, cluster, (node, count) => {
        if (!hasKeys(constraints, node) || !nodeCounts(constraint, pod, node)) return;
        const value = node.labels[constraint.topologyKey]!;
        counts.set(value, (counts.get(value) ?? 0) + count);
      });
      const domains = countDomains(constraint, constraints, pod, cluster);
      // Fewer domains than asked for count as if an empty one existed, so that new ones get filled.
      const min = domains < constraint.minDomains || counts.size < domains ? 0 : smallest(counts.values());
      return { constraint, counts, min, self: constraint.selector.matches(pod.labels) ? 1 : 0 };
    }),
  };
}

function smallest(values: Iterable<number>): number {
  let low = Number.POSITIVE_INFINITY;
  for (const value of values) low = Math.min(low, value);
  return low;
}

function softState(
  pod: PodInfo,
  constraints: readonly Constraint[],
  feasible: readonly NodeInfo[],
  cluster: ClusterView,
): SoftState {
  const eligible = feasible.filter((node) => hasKeys(constraints, node));
  return {
    all: constraints,
    constraints: constraints.map((constraint) => {
      const onHosts = constraint.topologyKey === hostnameKey;
      const { size, countOf } = onHosts
        ? countHosts(constraint, pod, eligible, cluster)
        : countZones(constraint, constraints, { pod, eligible, cluster });
      // Few domains weigh less: one more pod in one of three zones says less than on one of a hundred hosts.
      return { constraint, countOf, weight: Math.log(size + 2) };
    }),
  };
}

type Counted = Pick<Soft, "countOf"> & { readonly size: number };

function countHosts(
  constraint: Constraint,
  { pod }: PodInfo,
  eligible: readonly NodeInfo[],
  cluster: ClusterView,
): Counted {
  const counts = new Map<NodeInfo, number>();
  forSelected(constraint, pod.metadata.namespace, cluster, (node, count) => {
    counts.set(node, (counts.get(node) ?? 0) + count);
  });
  return { size: eligible.length, countOf: (node) => counts.get(node) ?? 0 };
}

interface Counting {
  readonly pod: PodInfo;
  readonly eligible: readonly NodeInfo[];
  readonly cluster: ClusterView;
}

/** Only domains of nodes that may take the pod count. */
function countZones(constraint: Constraint, all: readonly Constraint[], { pod, eligible, cluster }: Counting): Counted {
  const { topologyKey } = constraint;
  const counts = new Map<string, number>(eligible.map((node) => [node.labels[topologyKey]!, 0]));
  forSelected(constraint, pod.pod.metadata.namespace, cluster, (node, count) => {
    const value = node.labels[topologyKey];
    const known = value === undefined ? undefined : counts.get(value);
    if (value === undefined || known === undefined) return;
    if (hasKeys(all, node) && nodeCounts(constraint, pod, node)) counts.set(value, known + count);
  });
  return { size: counts.size, countOf: (node) => counts.get(node.labels[topologyKey]!) ?? 0 };
}
