import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { type Term, termsOf } from "./terms.ts";

/** `key=value` of a topology to how many pods (or how much weight) count for it. */
type Tally = Map<string, number>;

interface FilterState {
  /** Domains in which placed pods refuse the new one. */
  readonly refusing: Tally;
  readonly affinity: Tally;
  readonly antiAffinity: Tally;
  readonly selfAffine: boolean;
}

/** A required affinity term counts this much for placed pods' preference too. */
const hardAffinityWeight = 1;

/** Places pods near, or away from, the pods that their affinity terms select, within each topology domain. */
export const interPodAffinity = definePlugin<FilterState, Tally>({
  name: "InterPodAffinity",
  preFilter(pod, cluster) {
    const { affinity, antiAffinity } = termsOf(pod);
    if (affinity.length === 0 && antiAffinity.length === 0 && cluster.requiredAntiAffinityPodCount === 0)
      return { skip: true };
    return { state: filterState(pod, cluster) };
  },
  filter(pod, node, state) {
    const { affinity, antiAffinity } = termsOf(pod);
    if (!affinityHolds(affinity, node, state)) return unresolvable("node(s) didn't match pod affinity rules");
    if (antiAffinity.some((term) => (state.antiAffinity.get(domainOf(term, node)) ?? 0) > 0)) {
      return unschedulable("node(s) didn't match pod anti-affinity rules");
    }
    for (const [key, value] of Object.entries(node.labels)) {
      if ((state.refusing.get(`${key}=${value}`) ?? 0) > 0) {
        return unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");
      }
    }
    return ok;
  },
  preScore(pod, _, cluster) {
    const { preferredAffinity, preferredAntiAffinity } = termsOf(pod);
    const wishes = preferredAffinity.length + preferredAntiAffinity.length > 0;
    if (!wishes && cluster.affinityPodCount === 0) return { skip: true };
    const weights = preferenceWeights(pod, cluster, wishes);
    return weights.size === 0 ? { skip: true } : { state: weights };
  },
  score(_, node, weights) {
    let sum = 0;
    for (const [key, value] of Object.entries(node.labels)) sum += weights.get(`${key}=${value}`) ?? 0;
    return sum;
  },
  normalize(scores) {
    const low = Math.min(...scores);
    const high = Math.max(...scores);
    for (const [at, score] of scores.entries()) {
      scores[at] = high === low ? 0 : Math.floor((100 * (score - low)) / (high - low));
    }
  },
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "selfUpdated" ||
    event.kind === "podAssigned" ||
    event.kind === "podGone" ||
    event.kind === "podUpdated" ||
    (event.kind === "nodeUpdated" && event.changed.has("labels")),
});

function domainOf(term: Term, node: NodeInfo): string {
  return `${term.topologyKey}=${node.labels[term.topologyKey] ?? ""}`;
}

const hasDomain = (term: Term, node: NodeInfo) => Object.hasOwn(node.labels, term.topologyKey);

function add(tally: Tally, domain: string, amount: number): void {
  tally.set(domain, (tally.get(domain) ?? 0) + amount);
}

function filterState(pod: PodInfo, cluster: ClusterView): FilterState {
  const own = termsOf(pod);
  const state = {
    refusing: new Map<string, number>(),
    affinity: new Map<string, number>(),
    antiAffinity: new Map<string, number>(),
    selfAffine: own.affinity.every((term) => term.matches(pod, cluster)),
  };
  const wantsOthers = own.affinity.length + own.antiAffinity.length > 0;
  for (const node of cluster.nodes) {
    for (const placed of node.affinityPods.values()) {
      for (const term of termsOf(placed).antiAffinity) {
        if (hasDomain(term, node) && term.matches(pod, cluster)) add(state.refusing, domainOf(term, node), 1);
      }
    }
    if (!wantsOthers) continue;
    for (const placed of node.pods.values()) countOwnTerms(own, placed, node, cluster, state);
  }
  return state;
}

function countOwnTerms(
  own: ReturnType<typeof termsOf>,
  placed: PodInfo,
  node: NodeInfo,
  cluster: ClusterView,
  state: { affinity: Tally; antiAffinity: Tally },
): void {
  // A pod counts for affinity only when it matches every term.
  if (own.affinity.length > 0 && own.affinity.every((term) => term.matches(placed, cluster))) {
    for (const term of own.affinity) if (hasDomain(term, node)) add(state.affinity, domainOf(term, node), 1);
  }
  for (const term of own.antiAffinity) {
    if (hasDomain(term, node) && term.matches(placed, cluster)) add(state.antiAffinity, domainOf(term, node), 1);
  }
}

/** The first pod of a group may go anywhere: nobody matches yet, and it matches its own terms. */
function affinityHolds(terms: readonly Term[], node: NodeInfo, state: FilterState): boolean {
  if (terms.length === 0) return true;
  if (!terms.every((term) => hasDomain(term, node))) return false;
  if (terms.every((term) => (state.affinity.get(domainOf(term, node)) ?? 0) > 0)) return true;
  return state.affinity.size === 0 && state.selfAffine;
}

function preferenceWeights(pod: PodInfo, cluster: ClusterView, wishes: boolean): Tally {
  const own = termsOf(pod);
  const weights: Tally = new Map();
  const count = (terms: readonly Term[], subject: PodInfo, node: NodeInfo, weightOf: (term: Term) => number) => {
    for (const term of terms) {
      if (hasDomain(term, node) && term.matches(subject, cluster)) add(weights, domainOf(term, node), weightOf(term));
    }
  };
  for (const node of cluster.nodes) {
    for (const placed of (wishes ? node.pods : node.affinityPods).values()) {
      count(own.preferredAffinity, placed, node, (term) => term.weight);
      count(own.preferredAntiAffinity, placed, node, (term) => -term.weight);
      if (!placed.hasAffinity) continue;
      const theirs = termsOf(placed);
      count(theirs.affinity, pod, node, () => hardAffinityWeight);
      count(theirs.preferredAffinity, pod, node, (term) => term.weight);
      count(theirs.preferredAntiAffinity, pod, node, (term) => -term.weight);
    }
  }
  return weights;
}
