/** What a DaemonSet needs on each node, given its pods. Pure. */
import type { DaemonSet, DaemonSetStatus } from "#api/types/apps/v1";
import type { Node, Pod } from "#api/types/core/v1";
import { scaledValue } from "#pkg/apimachinery/intstr/index.ts";
import { compact } from "../framework/equal.ts";
import { isAvailable, isReady, isTerminal } from "../framework/pods.ts";
import { nodeOf, placementOn } from "./nodes.ts";

export const revisionLabel = "controller-revision-hash";

export interface Plan {
  /** Names of nodes. */
  readonly create: readonly string[];
  readonly remove: readonly Readonly<Pod>[];
}

export interface Situation {
  readonly set: Readonly<DaemonSet>;
  /** A pod as the template would make it, to see where it may run. */
  readonly sample: Readonly<Pod>;
  readonly nodes: readonly Readonly<Node>[];
  readonly pods: readonly Readonly<Pod>[];
  /** The hash of the present template. */
  readonly hash: string;
  readonly now: number;
}

interface OnNode {
  readonly node: Readonly<Node>;
  readonly pods: readonly Readonly<Pod>[];
}

const isLeaving = ({ metadata }: Readonly<Pod>): boolean => metadata.deletionTimestamp !== undefined;
const byAge = (a: Readonly<Pod>, b: Readonly<Pod>): number =>
  (a.metadata.creationTimestamp ?? "").localeCompare(b.metadata.creationTimestamp ?? "") ||
  (a.metadata.name ?? "").localeCompare(b.metadata.name ?? "");

function podsByNode({ nodes, pods }: Situation): OnNode[] {
  const grouped = Map.groupBy(pods, nodeOf);
  return nodes.map((node) => ({ node, pods: (grouped.get(node.metadata.name ?? "") ?? []).toSorted(byAge) }));
}

const hashOfPod = ({ metadata }: Readonly<Pod>): string => metadata.labels?.[revisionLabel] ?? "";
const isCurrent = (pod: Readonly<Pod>, { hash }: Situation): boolean => hashOfPod(pod) === hash;
const isAvailableNow = (pod: Readonly<Pod>, { set, now }: Situation): boolean =>
  !isLeaving(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);

export function plan(situation: Situation): Plan {
  const { set, sample, nodes, pods } = situation;
  if (set.metadata.deletionTimestamp) return { create: [], remove: [] };
  const create: string[] = [];
  const remove: Readonly<Pod>[] = [];
  for (const { node, pods: here } of podsByNode(situation)) {
    const { shouldRun, mayStay } = placementOn(set, sample, node);
    if (shouldRun) {
      const needs = manage(here, situation);
      if (needs.create) create.push(node.metadata.name ?? "");
      remove.push(...needs.remove);
    } else if (!mayStay) remove.push(...here.filter((pod) => !isLeaving(pod)));
  }
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  // Pods for nodes that are gone and that never got there wait for ever.
  remove.push(...pods.filter((pod) => !pod.spec.nodeName && !isLeaving(pod) && !known.has(nodeOf(pod))));
  const rolled = set.spec.updateStrategy?.type === "OnDelete" ? { create: [], remove: [] } : roll(situation);
  return { create: [...create, ...rolled.create], remove: [...new Set([...remove, ...rolled.remove])] };
}

/** On a node that should have one pod: failed ones go and come again, of several the oldest stays. */
function manage(here: readonly Readonly<Pod>[], situation: Situation): { create: boolean; remove: Readonly<Pod>[] } {
  const remove = here.filter((pod) => isTerminal(pod) && !isLeaving(pod));
  const running = here.filter((pod) => !isTerminal(pod) && !isLeaving(pod));
  if (here.length === 0) return { create: true, remove: [] };
  if (running.length <= 1) return { create: false, remove };
  // While a pod is replaced with surge, the old one stays until the new one is available.
  const surges = surgeOf(situation) > 0;
  const old = running.find((pod) => !isCurrent(pod, situation));
  const next = running.find((pod) => isCurrent(pod, situation));
  if (surges && old && next) {
    const keep = isAvailableNow(next, situation) ? [next] : [old, next];
    return { create: false, remove: [...remove, ...running.filter((pod) => !keep.includes(pod))] };
  }
  return { create: false, remove: [...remove, ...running.slice(1)] };
}

const wantedCount = (situation: Situation): number =>
  situation.nodes.filter((node) => placementOn(situation.set, situation.sample, node).shouldRun).length;

function surgeOf(situation: Situation): number {
  const surge = situation.set.spec.updateStrategy?.rollingUpdate?.maxSurge ?? 0;
  return surge === 0 ? 0 : scaledValue(surge, wantedCount(situation), "up");
}

/** Replaces pods of older templates, as many at once as the strategy lets be unavailable or surplus. */
function roll(situation: Situation): Plan {
  const wanted = wantedCount(situation);
  const surge = surgeOf(situation);
  const { maxUnavailable = 1 } = situation.set.spec.updateStrategy?.rollingUpdate ?? {};
  const unavailableMax = scaledValue(maxUnavailable, wanted, "up");
  const nodes = podsByNode(situation).filter(
    ({ node }) => placementOn(situation.set, situation.sample, node).shouldRun,
  );
  return surge > 0
    ? rollWithSurge(nodes, surge, situation)
    : rollInPlace(nodes, Math.max(1, unavailableMax), situation);
}

function rollInPlace(nodes: readonly OnNode[], unavailableMax: number, situation: Situation): Plan {
  let unavailable = 0;
  const broken: Readonly<Pod>[] = [];
  const healthy: Readonly<Pod>[] = [];
  for (const { pods } of nodes) {
    const alive = pods.filter((pod) => !isLeaving(pod) && !isTerminal(pod));
    const old = alive.find((pod) => !isCurrent(pod, situation));
    const next = alive.find((pod) => isCurrent(pod, situation));
    if (old && next) continue;
    if (!old) {
      if (!next || !isAvailableNow(next, situation)) unavailable += 1;
    } else if (isAvailableNow(old, situation)) healthy.push(old);
    else {
      // Nothing is lost with a pod that serves nobody.
      broken.push(old);
      unavailable += 1;
    }
  }
  return { create: [], remove: [...broken, ...healthy.slice(0, Math.max(0, unavailableMax - unavailable))] };
}

function rollWithSurge(nodes: readonly OnNode[], surge: number, situation: Situation): Plan {
  const create: string[] = [];
  const remove: Readonly<Pod>[] = [];
  const candidates: string[] = [];
  let surging = 0;
  for (const { node, pods } of nodes) {
    const alive = pods.filter((pod) => !isLeaving(pod) && !isTerminal(pod));
    const old = alive.find((pod) => !isCurrent(pod, situation));
    const next = alive.find((pod) => isCurrent(pod, situation));
    if (!old) continue;
    if (next) {
      if (isAvailableNow(next, situation)) remove.push(old);
      else surging += 1;
    } else if (isAvailableNow(old, situation)) candidates.push(node.metadata.name ?? "");
    else create.push(node.metadata.name ?? "");
  }
  create.push(...candidates.slice(0, Math.max(0, surge - surging)));
  return { create, remove };
}

export function statusOf(situation: Situation, collisionCount: number | undefined): DaemonSetStatus {
  const { set, sample } = situation;
  const counts = { desired: 0, current: 0, misscheduled: 0, ready: 0, available: 0, updated: 0 };
  for (const { node, pods } of podsByNode(situation)) {
    if (!placementOn(set, sample, node).shouldRun) {
      if (pods.length > 0) counts.misscheduled += 1;
      continue;
    }
    counts.desired += 1;
    if (pods.length === 0) continue;
    counts.current += 1;
    // Of an old and a new pod the new one counts.
    const pod = pods.findLast((one) => isCurrent(one, situation)) ?? (pods[0] as Readonly<Pod>);
    if (isReady(pod)) counts.ready += 1;
    if (isReady(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, situation.now)) counts.available += 1;
    if (isCurrent(pod, situation)) counts.updated += 1;
  }
  const orUndefined = (count: number) => (count === 0 ? undefined : count);
  return compact({
    currentNumberScheduled: counts.current,
    numberMisscheduled: counts.misscheduled,
    desiredNumberScheduled: counts.desired,
    numberReady: counts.ready,
    observedGeneration: set.metadata.generation,
    updatedNumberScheduled: orUndefined(counts.updated),
    numberAvailable: orUndefined(counts.available),
    numberUnavailable: orUndefined(counts.desired - counts.available),
    collisionCount,
    conditions: set.status?.conditions,
  }) as DaemonSetStatus;
}
