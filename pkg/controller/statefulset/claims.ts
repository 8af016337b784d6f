/** The volume claims of a StatefulSet's pods: made before the pod, and owned as the retention policy says. */
import type { StatefulSet } from "#api/types/apps/v1";
import type { PersistentVolumeClaim, Pod } from "#api/types/core/v1";
import type { OwnerReference } from "#api/types/meta/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import {
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNotFound,
  type ResourceClient,
} from "#pkg/client/index.ts";
import { sameJson } from "../framework/equal.ts";
import { claimsAt } from "./identity.ts";

export interface ClaimTools {
  readonly client: ResourceClient<PersistentVolumeClaim>;
  readonly cache: Informer<PersistentVolumeClaim>;
  readonly recorder: EventRecorder;
}

const referenceTo = (
  { apiVersion = "", kind = "", metadata }: Readonly<StatefulSet> | Readonly<Pod>,
  more: Partial<OwnerReference> = {},
): OwnerReference => ({ apiVersion, kind, name: metadata.name ?? "", uid: metadata.uid ?? "", ...more });

/** Who should own a claim: with whom it goes. `condemned`: the pod that is being scaled away. */
function ownersFor(set: Readonly<StatefulSet>, condemned: Readonly<Pod> | undefined): OwnerReference[] {
  const { whenDeleted = "Retain", whenScaled = "Retain" } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  if (whenScaled === "Delete" && condemned) return [referenceTo(condemned)];
  return whenDeleted === "Delete" ? [referenceTo(set, { controller: true })] : [];
}

/** Makes the claims that are missing. */
export async function ensureClaims(
  set: Readonly<StatefulSet>,
  ordinal: number,
  { client, cache, recorder }: ClaimTools,
  signal: AbortSignal,
): Promise<void> {
  for (const claim of claimsAt(set, ordinal)) {
    const stored = cache.get(keyOf(claim));
    if (stored) {
      if (stored.metadata.deletionTimestamp) throw new Error(`pvc ${claim.metadata.name} is being deleted`);
      continue;
    }
    const owners = ownersFor(set, undefined);
    if (owners.length > 0) claim.metadata.ownerReferences = owners;
    const what = `Claim ${claim.metadata.name} Pod ${set.metadata.name}-${ordinal} in StatefulSet ${set.metadata.name}`;
    try {
      await client.create(claim, { signal });
      recorder.normal(set, "SuccessfulCreate", `Create ${what} success`);
    } catch (error) {
      if (isAlreadyExists(error)) continue;
      recorder.warning(set, "FailedCreate", `Create ${what} failed error: ${(error as Error).message}`);
      throw error;
    }
  }
}

/** Brings the owners of a pod's claims to what the retention policy wants. Other owners are left alone. */
export async function retainClaims(
  set: Readonly<StatefulSet>,
  ordinal: number,
  condemned: Readonly<Pod> | undefined,
  { client, cache }: ClaimTools,
  signal: AbortSignal,
): Promise<void> {
  const wanted = ownersFor(set, condemned);
  for (const claim of claimsAt(set, ordinal)) {
    const stored = cache.get(keyOf(claim));
    if (!stored || stored.metadata.deletionTimestamp) continue;
    const present = stored.metadata.ownerReferences ?? [];
    const ours = ({ kind, name }: OwnerReference) =>
      (kind === "StatefulSet" && name === set.metadata.name) ||
      (kind === "Pod" && name === `${set.metadata.name}-${ordinal}`);
    const ownerReferences = [...present.filter((reference) => !ours(reference)), ...wanted];
    if (sameJson(present, ownerReferences)) continue;
    await client
      .update({ ...stored, metadata: { ...stored.metadata, ownerReferences } }, { signal })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}
