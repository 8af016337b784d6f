import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import type { CompanionsOf } from "../../companions.ts";
import { definePlugin, type Plugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { type Constraint, constraintsOf, defaultConstraints, forSelected, hasKeys, nodeCounts } from "./constraints.ts";
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
  /** The constraints whose keys a node must have to be scored: the pod's own, not the default ones. */
  readonly required: readonly Constraint[];
  readonly constraints: readonly Soft[];
}

const hostnameKey = "kubernetes.io/hostname";
const missingLabel = unresolvable("node(s) didn't match pod topology spread constraints (missing required label)");
const skewed = unschedulable("node(s) didn't match pod topology spread constraints");
/** Marks a node that cannot be scored because it lacks a topology label; it gets 0 in the end. */
const unscored = -1;

/**
 * Spreads the pods that a constraint selects evenly over topology domains. A pod without constraints is spread softly with
 * those that `companionsOf` tells of.
 */
export const podTopologySpread = (companionsOf: CompanionsOf = () => undefined): Plugin =>
  definePlugin<HardState, SoftState>({
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
      const own = constraintsOf(pod.pod, "ScheduleAnyway");
      const companions = pod.pod.spec.topologySpreadConstraints?.length ? undefined : companionsOf(pod.pod);
      const constraints = companions ? defaultConstraints(companions) : own;
      return constraints.length === 0
        ? { skip: true }
        : { state: softState(pod, { constraints, required: own }, nodes, cluster) };
    },
    score(_, node, { required, constraints }) {
      if (!hasKeys(required, node)) return unscored;
      let sum = 0;
      for (const { constraint, countOf, weight } of constraints) {
        if (!Object.hasOwn(node.labels, constraint.topologyKey)) continue;
        sum += countOf(node) * weight + (constraint.maxSkew - 1);
      }
      return Math.round(sum);
    },
    normalize(scores) {
      let low = Number.POSITIVE_INFINITY;
      let high = 0;
      for (const score of scores) {
        if (score === unscored) continue;
        low = Math.min(low, score);
        high = Math.max(high, score);
      }
      for (let at = 0; at < scores.length; at++) {
        const score = scores[at]!;
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
  { constraints, required }: { readonly constraints: readonly Constraint[]; readonly required: readonly Constraint[] },
  feasible: readonly NodeInfo[],
  cluster: ClusterView,
): SoftState {
  const eligible = required.length === 0 ? feasible : feasible.filter((node) => hasKeys(required, node));
  return {
    required,
    constraints: constraints.map((constraint) => {
      const onHosts = constraint.topologyKey === hostnameKey;
      const { size, countOf } = onHosts
        ? countHosts(constraint, pod, eligible, cluster)
        : countZones(constraint, required, { pod, eligible, cluster });
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
function countZones(
  constraint: Constraint,
  required: readonly Constraint[],
  { pod, eligible, cluster }: Counting,
): Counted {
  // Nodes without the key, which only default constraints let pass, are a domain of their own, which nobody scores.
  const domainOf = ({ labels }: NodeInfo) => labels[constraint.topologyKey] ?? "";
  const counts = new Map<string, number>();
  for (const node of eligible) counts.set(domainOf(node), 0);
  forSelected(constraint, pod.pod.metadata.namespace, cluster, (node, count) => {
    const known = counts.get(domainOf(node));
    if (known === undefined || !hasKeys(required, node) || !nodeCounts(constraint, pod, node)) return;
    counts.set(domainOf(node), known + count);
  });
  return { size: counts.size, countOf: (node) => counts.get(domainOf(node)) ?? 0 };
}
