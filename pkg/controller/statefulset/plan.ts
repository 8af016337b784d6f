/**
 * The next steps of a StatefulSet, given its pods. Pure. Ordered sets take one step at a time and wait for each pod to be
 * available; parallel ones take all at once. https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/
 */
import type { StatefulSet } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import { scaledValue } from "#pkg/apimachinery/intstr/index.ts";
import { isAvailable, isReady, isTerminal } from "../framework/pods.ts";
import { ordinalOf, replicasOf, revisionOf, startOf } from "./identity.ts";

export interface Removal {
  readonly pod: Readonly<Pod>;
  /** Scaled down: claims may go with it. Updated or ended: it comes again. */
  readonly why: "scaled" | "updated" | "ended";
}

export interface Plan {
  /** Ordinals whose pods are to be made, in order. */
  readonly create: readonly number[];
  readonly remove: readonly Removal[];
}

interface Members {
  /** By ordinal, from the first on; undefined where there is no pod. */
  readonly wanted: readonly { readonly ordinal: number; readonly pod: Readonly<Pod> | undefined }[];
  /** Beyond the wanted ordinals, highest first. */
  readonly surplus: readonly Readonly<Pod>[];
}

const nothing: Plan = { create: [], remove: [] };

export const isRunningAndReady = (pod: Readonly<Pod>): boolean => pod.status?.phase === "Running" && isReady(pod);
const isLeaving = ({ metadata }: Readonly<Pod>): boolean => metadata.deletionTimestamp !== undefined;

/** `updateRevision`: the name of the revision that pods should be of. */
export function plan(
  set: Readonly<StatefulSet>,
  pods: readonly Readonly<Pod>[],
  updateRevision: string,
  now: number,
): Plan {
  if (set.metadata.deletionTimestamp) return nothing;
  const members = membersOf(set, pods);
  const ordered = set.spec.podManagementPolicy !== "Parallel";
  const isAvailableNow = (pod: Readonly<Pod>) =>
    isRunningAndReady(pod) && !isLeaving(pod) && isAvailable(pod, set.spec.minReadySeconds ?? 0, now);
  const filling = fill(members, ordered, isAvailableNow);
  if (filling) return filling;
  const shrinking = shrink(members, ordered, isAvailableNow);
  if (shrinking) return shrinking;
  if (set.spec.updateStrategy?.type === "OnDelete") return nothing;
  return roll(set, members, updateRevision, isAvailableNow);
}

function membersOf(set: Readonly<StatefulSet>, pods: readonly Readonly<Pod>[]): Members {
  const byOrdinal = new Map<number, Readonly<Pod>>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) byOrdinal.set(ordinal, pod);
  }
  const start = startOf(set);
  const end = start + replicasOf(set);
  const wanted = Array.from({ length: end - start }, (_, i) => ({
    ordinal: start + i,
    pod: byOrdinal.get(start + i),
  }));
  const surplus = [...byOrdinal].filter(([ordinal]) => ordinal < start || ordinal >= end);
  surplus.sort(([a], [b]) => b - a);
  return { wanted, surplus: surplus.map(([, pod]) => pod) };
}

/** What the wanted ordinals need; undefined when they need nothing and nobody waits for them. */
function fill(
  { wanted }: Members,
  ordered: boolean,
  isAvailableNow: (pod: Readonly<Pod>) => boolean,
): Plan | undefined {
  const create: number[] = [];
  const remove: Removal[] = [];
  for (const { ordinal, pod } of wanted) {
    if (!pod) create.push(ordinal);
    else if (isTerminal(pod)) {
      if (!isLeaving(pod)) remove.push({ pod, why: "ended" });
    } else if (!ordered || isAvailableNow(pod)) continue;
    if (ordered) return { create, remove };
  }
  return create.length > 0 || remove.length > 0 ? { create, remove } : undefined;
}

/** Surplus pods, highest ordinal first; an unhealthy pod of lower ordinal keeps an ordered set waiting. */
function shrink(
  { wanted, surplus }: Members,
  ordered: boolean,
  isAvailableNow: (pod: Readonly<Pod>) => boolean,
): Plan | undefined {
  if (surplus.length === 0) return undefined;
  if (!ordered) {
    const remove = surplus.filter((pod) => !isLeaving(pod)).map((pod): Removal => ({ pod, why: "scaled" }));
    return { create: [], remove };
  }
  const [highest] = surplus;
  if (!highest || isLeaving(highest)) return nothing;
  const unhealthy = [...wanted.map(({ pod }) => pod), ...surplus.toReversed()].find(
    (pod) => pod && !isAvailableNow(pod),
  );
  if (!isAvailableNow(highest) && unhealthy !== highest) return nothing;
  return { create: [], remove: [{ pod: highest, why: "scaled" }] };
}

/** Pods of another revision, highest ordinal first, as many as may be unavailable together. */
function roll(
  set: Readonly<StatefulSet>,
  { wanted }: Members,
  updateRevision: string,
  isAvailableNow: (pod: Readonly<Pod>) => boolean,
): Plan {
  const { partition = 0, maxUnavailable } = set.spec.updateStrategy?.rollingUpdate ?? {};
  const bound = Math.max(1, maxUnavailable === undefined ? 1 : scaledValue(maxUnavailable, replicasOf(set), "up"));
  const targets = wanted.filter(({ ordinal }) => ordinal >= startOf(set) + partition).toReversed();
  const remove: Removal[] = [];
  let unavailable = targets.filter(
    ({ pod }) => pod && revisionOf(pod) === updateRevision && !isAvailableNow(pod),
  ).length;
  for (const { pod } of targets) {
    if (!pod || revisionOf(pod) === updateRevision) continue;
    if (unavailable >= bound) break;
    if (!isLeaving(pod)) remove.push({ pod, why: "updated" });
    unavailable += 1;
  }
  return { create: [], remove };
}
