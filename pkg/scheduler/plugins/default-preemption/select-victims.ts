/** Which pods would have to leave a node so that another fits: pure, over the live cache, which it leaves as it was. */
import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { ClusterCache } from "../../cache/cluster-cache.ts";
import type { NodeState } from "../../cache/node-state.ts";
import type { PodInfo } from "../../cache/types.ts";
import type { Profile } from "../../framework/profile.ts";

export interface Candidate {
  readonly node: NodeState;
  /** Most important first. */
  readonly victims: readonly PodInfo[];
  readonly pdbViolations: number;
}

export interface VictimSearch {
  readonly pod: PodInfo;
  readonly node: NodeState;
  readonly cache: ClusterCache;
  readonly profile: Profile;
  readonly budgets: readonly Readonly<PodDisruptionBudget>[];
}

/** Undefined when even without all pods of lower priority the pod would not fit. */
export function selectVictims({ pod, node, cache, profile, budgets }: VictimSearch): Candidate | undefined {
  const lower = [...node.pods.values()].filter((other) => other.priority < pod.priority);
  if (lower.length === 0) return undefined;
  const fits = () => {
    const plan = profile.preFilter(pod, cache);
    return !plan.rejection && !profile.filter(pod, node, plan);
  };
  for (const other of lower) node.removePod(other.key);
  const victims: PodInfo[] = [];
  let pdbViolations = 0;
  const possible = fits();
  if (possible) {
    const { violating, rest } = splitByBudgets(lower, budgets);
    // Keep as many as fit: those whose leaving breaks a budget get the first chance to stay.
    for (const [group, counts] of [
      [violating, true],
      [rest, false],
    ] as const) {
      for (const other of group.sort(moreImportant)) {
        node.addPod(other);
        if (fits()) continue;
        node.removePod(other.key);
        victims.push(other);
        if (counts) pdbViolations++;
      }
    }
  }
  for (const other of possible ? victims : lower) node.addPod(other);
  return possible ? { node, victims: victims.sort(moreImportant), pdbViolations } : undefined;
}

const startOf = (pod: PodInfo): string => pod.pod.status?.startTime ?? "9999";

function moreImportant(a: PodInfo, b: PodInfo): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  return startOf(a).localeCompare(startOf(b));
}

function splitByBudgets(pods: readonly PodInfo[], budgets: readonly Readonly<PodDisruptionBudget>[]) {
  const left = budgets.map((budget) => budget.status?.disruptionsAllowed ?? 0);
  const selectors = budgets.map((budget) => labelSelectorFrom(budget.spec?.selector));
  const violating: PodInfo[] = [];
  const rest: PodInfo[] = [];
  for (const pod of pods) {
    let breaks = false;
    for (const [at, budget] of budgets.entries()) {
      if (budget.metadata.namespace !== pod.pod.metadata.namespace || !selectors[at]!.matches(pod.labels)) continue;
      if (Object.hasOwn(budget.status?.disruptedPods ?? {}, pod.pod.metadata.name ?? "")) continue;
      left[at] = left[at]! - 1;
      if (left[at]! < 0) breaks = true;
    }
    (breaks ? violating : rest).push(pod);
  }
  return { violating, rest };
}

/**
 * The candidate that hurts least: fewest broken budgets, then the lowest highest priority, the lowest sum of
 * priorities, the fewest victims, and the one whose most important victim started last.
 */
export function pickCandidate(candidates: readonly Candidate[]): Candidate | undefined {
  const offset = 2 ** 31;
  const measure = (candidate: Candidate) => [
    candidate.pdbViolations,
    candidate.victims[0]?.priority ?? Number.NEGATIVE_INFINITY,
    candidate.victims.reduce((sum, victim) => sum + victim.priority + offset, 0),
    candidate.victims.length,
  ];
  return candidates.toSorted((a, b) => {
    const left = measure(a);
    const right = measure(b);
    for (const [at, value] of left.entries()) if (value !== right[at]) return value - right[at]!;
    return startOf(b.victims[0]!).localeCompare(startOf(a.victims[0]!));
  })[0];
}
