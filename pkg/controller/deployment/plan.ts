/** How many replicas each ReplicaSet of a Deployment should have next. Pure. */
import type { Deployment, ReplicaSet } from "#api/types/apps/v1";
import { scaledValue } from "#pkg/apimachinery/intstr/index.ts";
import { byAge, desiredKey, maxKey } from "./revisions.ts";

export interface Scale {
  readonly rs: Readonly<ReplicaSet>;
  readonly to: number;
}

export interface Bounds {
  readonly wanted: number;
  readonly maxSurge: number;
  readonly maxUnavailable: number;
}

export const replicasOf = ({ spec }: Readonly<ReplicaSet>): number => spec.replicas ?? 1;
const availableOf = ({ status }: Readonly<ReplicaSet>): number => status?.availableReplicas ?? 0;
const sum = (sets: readonly Readonly<ReplicaSet>[], of: (rs: Readonly<ReplicaSet>) => number): number =>
  sets.reduce((total, rs) => total + of(rs), 0);
export const totalReplicas = (sets: readonly Readonly<ReplicaSet>[]): number => sum(sets, replicasOf);
export const isRolling = (d: Readonly<Deployment>): boolean => d.spec.strategy?.type !== "Recreate";

/** Surge rounds up, unavailability down; both zero would never move, so then one may be unavailable. */
export function boundsOf(d: Readonly<Deployment>): Bounds {
  const wanted = d.spec.replicas ?? 1;
  if (!isRolling(d)) return { wanted, maxSurge: 0, maxUnavailable: 0 };
  const { maxSurge = "25%", maxUnavailable = "25%" } = d.spec.strategy?.rollingUpdate ?? {};
  const surge = scaledValue(maxSurge, wanted, "up");
  const unavailable =
    surge === 0
      ? Math.max(1, scaledValue(maxUnavailable, wanted, "down"))
      : scaledValue(maxUnavailable, wanted, "down");
  return { wanted, maxSurge: surge, maxUnavailable: Math.min(unavailable, wanted) };
}

/** How many the new ReplicaSet may have while the others are as they are. */
export function newSetReplicas(
  { wanted, maxSurge }: Bounds,
  all: readonly Readonly<ReplicaSet>[],
  current: number,
  rolling: boolean,
): number {
  if (!rolling) return wanted;
  const room = wanted + maxSurge - totalReplicas(all);
  return room <= 0 ? current : current + Math.min(room, wanted - current);
}

/** One step up, or one step down when there is no step up. */
export function planRolling(
  d: Readonly<Deployment>,
  newSet: Readonly<ReplicaSet>,
  old: readonly Readonly<ReplicaSet>[],
): Scale[] {
  const bounds = boundsOf(d);
  const current = replicasOf(newSet);
  if (current !== bounds.wanted) {
    const to = current > bounds.wanted ? bounds.wanted : newSetReplicas(bounds, [...old, newSet], current, true);
    if (to !== current) return [{ rs: newSet, to }];
  }
  return planOldDown(bounds, newSet, old);
}

/** Unhealthy old replicas go first: they serve nobody. Then as many healthy ones as availability allows. */
function planOldDown(
  { wanted, maxUnavailable }: Bounds,
  newSet: Readonly<ReplicaSet>,
  old: readonly Readonly<ReplicaSet>[],
): Scale[] {
  const active = old.filter((rs) => replicasOf(rs) > 0).sort(byAge);
  if (active.length === 0) return [];
  const all = [...old, newSet];
  const minAvailable = wanted - maxUnavailable;
  let mayGo = totalReplicas(all) - minAvailable - (replicasOf(newSet) - availableOf(newSet));
  if (mayGo <= 0) return [];
  const next = new Map(active.map((rs) => [rs, replicasOf(rs)]));
  for (const rs of active) {
    const gone = Math.min(mayGo, Math.max(0, replicasOf(rs) - availableOf(rs)));
    next.set(rs, replicasOf(rs) - gone);
    mayGo -= gone;
  }
  let healthyMayGo = sum(all, availableOf) - minAvailable;
  for (const rs of active) {
    const gone = Math.max(0, Math.min(healthyMayGo, next.get(rs) ?? 0));
    next.set(rs, (next.get(rs) ?? 0) - gone);
    healthyMayGo -= gone;
  }
  return [...next].filter(([rs, to]) => to !== replicasOf(rs)).map(([rs, to]) => ({ rs, to }));
}

/** True when the Deployment was scaled since its ReplicaSets were last sized for it. */
export function wasScaled(d: Readonly<Deployment>, sets: readonly Readonly<ReplicaSet>[]): boolean {
  return sets.some((rs) => {
    const desired = rs.metadata.annotations?.[desiredKey];
    return replicasOf(rs) > 0 && desired !== undefined && Number(desired) !== (d.spec.replicas ?? 1);
  });
}

/** Sizes for a changed number of replicas, outside of a rollout: what runs keeps its proportions. */
export function planScale(
  d: Readonly<Deployment>,
  newSet: Readonly<ReplicaSet> | undefined,
  old: readonly Readonly<ReplicaSet>[],
): Scale[] {
  const bounds = boundsOf(d);
  const only = activeOrLatest(newSet, old);
  if (only) return replicasOf(only) === bounds.wanted ? [] : [{ rs: only, to: bounds.wanted }];
  const oldActive = old.filter((rs) => replicasOf(rs) > 0).sort(byAge);
  if (newSet && isSaturated(d, newSet)) return oldActive.map((rs) => ({ rs, to: 0 }));
  return isRolling(d)
    ? proportionally(d, bounds, [...oldActive, ...(newSet && replicasOf(newSet) > 0 ? [newSet] : [])])
    : [];
}

/** The only one that runs, or where none does the newest; undefined where several run. */
function activeOrLatest(
  newSet: Readonly<ReplicaSet> | undefined,
  old: readonly Readonly<ReplicaSet>[],
): Readonly<ReplicaSet> | undefined {
  const active = [...old, ...(newSet ? [newSet] : [])].filter((rs) => replicasOf(rs) > 0);
  if (active.length > 1) return undefined;
  return active[0] ?? newSet ?? [...old].sort(byAge).at(-1);
}

function isSaturated(d: Readonly<Deployment>, rs: Readonly<ReplicaSet>): boolean {
  const wanted = d.spec.replicas ?? 1;
  return (
    replicasOf(rs) === wanted && Number(rs.metadata.annotations?.[desiredKey]) === wanted && availableOf(rs) === wanted
  );
}

function proportionally(
  d: Readonly<Deployment>,
  { wanted, maxSurge }: Bounds,
  active: readonly Readonly<ReplicaSet>[],
): Scale[] {
  const allowed = wanted > 0 ? wanted + maxSurge : 0;
  const toAdd = allowed - totalReplicas(active);
  // The biggest first; of equals the newest when growing, the oldest when shrinking.
  const sorted = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (toAdd > 0 ? byAge(b, a) : byAge(a, b)));
  let added = 0;
  const sizes = sorted.map((rs) => {
    const share = toAdd === 0 ? 0 : shareOf(d, rs, { allowed, left: toAdd - added });
    added += share;
    return { rs, to: replicasOf(rs) + share };
  });
  return sizes.map(({ rs, to }, i) => ({ rs, to: i === 0 ? Math.max(0, to + toAdd - added) : to }));
}

function shareOf(
  d: Readonly<Deployment>,
  rs: Readonly<ReplicaSet>,
  { allowed, left }: { allowed: number; left: number },
): number {
  const size = replicasOf(rs);
  if (allowed === 0) return -size;
  const before = Number(rs.metadata.annotations?.[maxKey]) || d.status?.replicas || allowed;
  const fraction = Math.round((size * allowed) / before) - size;
  return left > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

/** The annotations that a ReplicaSet sized for this Deployment carries. */
export function sizeAnnotations(d: Readonly<Deployment>): Record<string, string> {
  const { wanted, maxSurge } = boundsOf(d);
  return { [desiredKey]: String(wanted), [maxKey]: String(wanted + maxSurge) };
}
