import type { ClusterView, NodeInfo, PodGroup, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable, unschedulable } from "../../framework/verdict.ts";
import { Tally } from "./tally.ts";
import { type Term, termsOf } from "./terms.ts";

interface FilterState {
  /** Domains in which placed pods refuse the new one. */
  readonly refusing: Tally;
  readonly affinity: Tally;
  readonly antiAffinity: Tally;
  readonly selfAffine: boolean;
}

const unmatched = unresolvable("node(s) didn't match pod affinity rules");
const kept = unschedulable("node(s) didn't match pod anti-affinity rules");
const refused = unschedulable("node(s) didn't satisfy existing pods anti-affinity rules");

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
    if (!affinityHolds(affinity, node, state)) return unmatched;
    if (antiAffinity.some((term) => state.antiAffinity.of(term.topologyKey, node) > 0)) return kept;
    return state.refusing.some(node) ? refused : ok;
  },
  preScore(pod, _, cluster) {
    const { preferredAffinity, preferredAntiAffinity } = termsOf(pod);
    const wishes = preferredAffinity.length + preferredAntiAffinity.length > 0;
    if (!wishes && cluster.affinityPodCount === 0) return { skip: true };
    const weights = preferenceWeights(pod, cluster, wishes);
    return weights.isEmpty ? { skip: true } : { state: weights };
  },
  score: (_, node, weights) => weights.sum(node),
  normalize(scores) {
    let low = Number.POSITIVE_INFINITY;
    let high = Number.NEGATIVE_INFINITY;
    for (const score of scores) {
      low = Math.min(low, score);
      high = Math.max(high, score);
    }
    for (let at = 0; at < scores.length; at++) {
      scores[at] = high === low ? 0 : Math.floor((100 * (scores[at]! - low)) / (high - low));
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

function filterState(pod: PodInfo, cluster: ClusterView): FilterState {
  const own = termsOf(pod);
  const state = {
    refusing: new Tally(),
    affinity: new Tally(),
    antiAffinity: new Tally(),
    selfAffine: own.affinity.every((term) => term.matches(pod, cluster)),
  };
  if (cluster.requiredAntiAffinityPodCount > 0) {
    for (const group of cluster.affinityGroups) {
      for (const term of termsOf(group.pod).antiAffinity) {
        if (term.matches(pod, cluster)) state.refusing.count(term.topologyKey, group, 1);
      }
    }
  }
  if (own.affinity.length + own.antiAffinity.length === 0) return state;
  for (const group of cluster.podGroups) countOwnTerms(own, group, cluster, state);
  return state;
}

function countOwnTerms(
  own: ReturnType<typeof termsOf>,
  group: PodGroup,
  cluster: ClusterView,
  state: Pick<FilterState, "affinity" | "antiAffinity">,
): void {
  // A pod counts for affinity only when it matches every term.
  if (own.affinity.length > 0 && own.affinity.every((term) => term.matches(group.pod, cluster))) {
    for (const term of own.affinity) state.affinity.count(term.topologyKey, group, 1);
  }
  for (const term of own.antiAffinity) {
    if (term.matches(group.pod, cluster)) state.antiAffinity.count(term.topologyKey, group, 1);
  }
}

/** The first pod of a group may go anywhere: nobody matches yet, and it matches its own terms. */
function affinityHolds(terms: readonly Term[], node: NodeInfo, state: FilterState): boolean {
  if (terms.length === 0) return true;
  if (!terms.every((term) => Object.hasOwn(node.labels, term.topologyKey))) return false;
  if (terms.every((term) => state.affinity.of(term.topologyKey, node) > 0)) return true;
  return state.affinity.isEmpty && state.selfAffine;
}

function preferenceWeights(pod: PodInfo, cluster: ClusterView, wishes: boolean): Tally {
  const own = termsOf(pod);
  const weights = new Tally();
  const count = (terms: readonly Term[], subject: PodInfo, group: PodGroup, weightOf: (term: Term) => number) => {
    for (const term of terms) {
      if (term.matches(subject, cluster)) weights.count(term.topologyKey, group, weightOf(term));
    }
  };
  if (wishes) {
    for (const group of cluster.podGroups) {
      count(own.preferredAffinity, group.pod, group, (term) => term.weight);
      count(own.preferredAntiAffinity, group.pod, group, (term) => -term.weight);
    }
  }
  for (const group of cluster.affinityGroups) {
    const theirs = termsOf(group.pod);
    count(theirs.affinity, pod, group, () => hardAffinityWeight);
    count(theirs.preferredAffinity, pod, group, (term) => term.weight);
    count(theirs.preferredAntiAffinity, pod, group, (term) => -term.weight);
  }
  return weights;
}
