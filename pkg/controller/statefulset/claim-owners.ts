/**
 * With whom the claim of a pod goes: with its set, with its pod, or with nobody. Pure.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/statefulset/#persistentvolumeclaim-retention
 */
import type { StatefulSet } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import type { OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { controllerReference } from "../framework/owners.ts";

export interface ClaimUser {
  readonly set: Readonly<StatefulSet>;
  readonly pod: Readonly<Pod>;
  /** The pod is being scaled away. */
  readonly isCondemned: boolean;
}

const policyOf = ({ spec }: Readonly<StatefulSet>) => ({
  whenDeleted: "Retain",
  whenScaled: "Retain",
  ...spec.persistentVolumeClaimRetentionPolicy,
});

/** Of a claim that is made for a pod that is wanted. */
export const newOwners = (set: Readonly<StatefulSet>): OwnerReference[] =>
  policyOf(set).whenDeleted === "Delete" ? [controllerReference(set)] : [];

/** The claim's owners as the retention policy wants them; undefined where nothing is to be changed. Other owners stay. */
export function ownersFor(present: readonly OwnerReference[], user: ClaimUser): OwnerReference[] | undefined {
  const { set, pod } = user;
  const ours = present.filter((one) => names(one, set) || names(one, pod));
  // A set or a pod of that name before this one left it behind: the garbage collector's business.
  if (ours.some(({ uid }) => uid !== set.metadata.uid && uid !== pod.metadata.uid)) return undefined;
  const isTaken = present.some((one) => one.controller === true && !ours.includes(one));
  const wanted = isTaken ? undefined : wantedOwner(user);
  const kept = present.filter((one) => !ours.includes(one) || (one.uid === wanted?.uid && one.controller === true));
  const isMissing = wanted !== undefined && !kept.some(({ uid }) => uid === wanted.uid);
  if (isMissing) return [...kept, wanted];
  return kept.length === present.length ? undefined : kept;
}

function wantedOwner({ set, pod, isCondemned }: ClaimUser): OwnerReference | undefined {
  const { whenDeleted, whenScaled } = policyOf(set);
  if (isCondemned && whenScaled === "Delete") return controllerReference(pod);
  return whenDeleted === "Delete" ? controllerReference(set) : undefined;
}

const names = (reference: OwnerReference, { apiVersion, kind, metadata }: Readonly<KubeObject>): boolean =>
  reference.apiVersion === apiVersion && reference.kind === kind && reference.name === metadata.name;
