/** The volume claims of a StatefulSet's pods: made before the pod, and owned as the retention policy says. */
import type { StatefulSet } from "#api/types/apps/v1";
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import {
  type EventRecorder,
  type Informer,
  isAlreadyExists,
  isNotFound,
  type ResourceClient,
} from "#pkg/client/index.ts";
import { type ClaimUser, newOwners, ownersFor } from "./claim-owners.ts";
import { claimsAt, ordinalOf } from "./identity.ts";

export interface ClaimTools {
  readonly client: ResourceClient<PersistentVolumeClaim>;
  readonly cache: Informer<PersistentVolumeClaim>;
  readonly recorder: EventRecorder;
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
    const owners = newOwners(set);
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
export async function retainClaims(user: ClaimUser, { client, cache }: ClaimTools, signal: AbortSignal): Promise<void> {
  const { set, pod } = user;
  for (const claim of claimsAt(set, ordinalOf(set, pod) ?? 0)) {
    const stored = cache.get(keyOf(claim));
    if (!stored || stored.metadata.deletionTimestamp) continue;
    const ownerReferences = ownersFor(stored.metadata.ownerReferences ?? [], user);
    if (!ownerReferences) continue;
    await client
      .update({ ...stored, metadata: { ...stored.metadata, ownerReferences } }, { signal })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}
