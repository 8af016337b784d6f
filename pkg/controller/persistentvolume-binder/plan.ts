/** Which volume a claim gets. Pure. */
import type { PersistentVolume, PersistentVolumeClaim, PersistentVolumeSpec } from "#api/types/core/v1";
import { boundByController } from "#pkg/apimachinery/volumes/annotations.ts";
import { suitableVolumes } from "#pkg/apimachinery/volumes/matching.ts";

/**
 * The volume made for the claim, or else the smallest free one that it may have. `delayed`: the claim waits for a pod, so
 * the scheduler chooses among the free ones.
 */
export function volumeFor(
  claim: Readonly<PersistentVolumeClaim>,
  volumes: Iterable<Readonly<PersistentVolume>>,
  { delayed }: { readonly delayed: boolean },
): Readonly<PersistentVolume> | undefined {
  const { reserved, free } = suitableVolumes(claim, volumes);
  return reserved ?? (delayed ? undefined : free[0]);
}

/** What a claim is told that waits for the pods of these names to get a node. */
export function waitingFor(pods: readonly string[]): { readonly reason: string; readonly text: string } {
  if (pods.length === 0) {
    return { reason: "WaitForFirstConsumer", text: "waiting for first consumer to be created before binding" };
  }
  const who = pods.length > 1 ? `pods ${pods.join(",")}` : `pod ${pods[0]}`;
  return { reason: "WaitForPodScheduled", text: `waiting for ${who} to be scheduled` };
}

/** The volume as it was before its claim was bound to another one: a reservation made by a person stays. */
export function unbound(volume: Readonly<PersistentVolume>): PersistentVolume {
  const { [boundByController]: ours, ...annotations } = volume.metadata.annotations ?? {};
  const { claimRef: reference = {}, ...rest }: PersistentVolumeSpec = volume.spec ?? {};
  const { uid: _, ...claimRef } = reference;
  const spec = ours === undefined ? { ...rest, claimRef } : rest;
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec };
}
