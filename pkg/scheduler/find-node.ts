/** The synchronous half of a cycle: which node is best for a pod, or why none will do. */
import type { ClusterCache } from "./cache/cluster-cache.ts";
import type { NodeState } from "./cache/node-state.ts";
import type { PodInfo } from "./cache/types.ts";
import type { FilterPlan, Profile } from "./framework/profile.ts";
import { unresolvable, type Verdict } from "./framework/verdict.ts";
import type { Nominations } from "./nominations.ts";

export type Search =
  | { readonly kind: "found"; readonly node: NodeState; readonly evaluated: number }
  | {
      readonly kind: "none";
      /** By node name; a preFilter refusal stands for every node. */
      readonly failures: ReadonlyMap<string, Verdict>;
      readonly rejectedBy: ReadonlySet<string>;
      /** A preFilter refusal's own reason, which the message gives instead of counts. */
      readonly preFilterReason?: string;
    }
  | { readonly kind: "error"; readonly error: Error };

export interface FindOptions {
  readonly cache: ClusterCache;
  readonly profile: Profile;
  readonly nominations: Nominations;
  /** Where in the node list the search starts; moves on so that every node gets its turn. */
  readonly startAt: number;
  /** 0…1, for ties. */
  readonly random: () => number;
}

/** Below this many nodes, all are looked at. */
const nodesMin = 100;

/** How many feasible nodes are enough: all of a small cluster, 5 % of a huge one. */
export function enoughNodes(total: number): number {
  if (total < nodesMin) return total;
  const percent = Math.max(5, 50 - Math.floor(total / 125));
  return Math.max(nodesMin, Math.floor((total * percent) / 100));
}

export function findNode(pod: PodInfo, options: FindOptions): Search {
  const { cache, profile, nominations } = options;
  if (cache.nodes.length === 0) {
    return {
      kind: "none",
      failures: new Map(),
      rejectedBy: new Set(),
      preFilterReason: "no nodes available to schedule pods",
    };
  }
  const plan = profile.preFilter(pod, cache);
  if (plan.rejection) return preFilterRefused(plan, cache);
  const feasible: NodeState[] = [];
  const failures = new Map<string, Verdict>();
  const rejectedBy = new Set<string>();
  const { nodes } = cache;
  const wanted = enoughNodes(nodes.length);
  let evaluated = 0;
  const nominated = nominations.nodeOf(pod.key);
  const first = nominated === undefined ? undefined : cache.nodeNamed(nominated);
  // A node freed for this pod is taken if it still fits, without looking further.
  if (first && !rejects(pod, first, plan, options)) return { kind: "found", node: first, evaluated: 1 };
  for (let step = 0; step < nodes.length && feasible.length < wanted; step++) {
    const node = nodes[(options.startAt + step) % nodes.length] as NodeState;
    evaluated++;
    if (plan.nodes && !plan.nodes.has(node.name)) {
      failures.set(node.name, unresolvable("node(s) didn't satisfy plugin(s) [NodeAffinity]"));
      rejectedBy.add("NodeAffinity");
      continue;
    }
    const rejection = rejects(pod, node, plan, options);
    if (!rejection) feasible.push(node);
    else if (rejection.verdict.kind === "error") return { kind: "error", error: rejection.verdict.error };
    else {
      failures.set(node.name, rejection.verdict);
      rejectedBy.add(rejection.plugin);
    }
  }
  if (feasible.length === 0) return { kind: "none", failures, rejectedBy };
  return { kind: "found", node: best(pod, feasible, options), evaluated };
}

/** A pod must fit beside the pods of at least its priority that were promised the node, and without them too. */
function rejects(pod: PodInfo, node: NodeState, plan: FilterPlan, { profile, nominations }: FindOptions) {
  const nominated = nominations.on(node.name);
  if (nominated.length > 0) {
    const promised = nominated.filter((other) => other.key !== pod.key && other.priority >= pod.priority);
    for (const other of promised) node.addPod(other);
    const rejection = profile.filter(pod, node, plan);
    for (const other of promised) node.removePod(other.key);
    if (rejection) return rejection;
  }
  return profile.filter(pod, node, plan);
}

function preFilterRefused(plan: FilterPlan, cache: ClusterCache): Search {
  const { plugin, verdict } = plan.rejection!;
  if (verdict.kind === "error") return { kind: "error", error: verdict.error };
  const reasons = verdict.kind === "ok" ? [] : verdict.reasons;
  return {
    kind: "none",
    failures: new Map(cache.nodes.map((node) => [node.name, verdict])),
    rejectedBy: new Set([plugin]),
    preFilterReason: reasons.join(", "),
  };
}

function best(pod: PodInfo, feasible: NodeState[], { cache, profile, random }: FindOptions): NodeState {
  if (feasible.length === 1) return feasible[0]!;
  const scores = profile.score(pod, feasible, cache);
  let chosen = 0;
  let ties = 1;
  for (let at = 1; at < feasible.length; at++) {
    if (scores[at]! > scores[chosen]!) {
      chosen = at;
      ties = 1;
    } else if (scores[at] === scores[chosen] && random() * ++ties < 1) chosen = at;
  }
  return feasible[chosen]!;
}
