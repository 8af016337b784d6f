/** What was decided for a pod, held as assumptions until it is written and seen to be so. */
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { reservedFor } from "#pkg/apimachinery/volumes/matching.ts";
import type { Storage } from "../../volumes/storage.ts";
import type { Binding, Decision } from "./decide.ts";

export interface Reservation {
  /** Volumes with the reference to their claim in them. `changed`: it is still to be written. */
  readonly bindings: readonly (Binding & { readonly changed: boolean })[];
  /** Claims with the chosen node in them. */
  readonly provisions: readonly Readonly<PersistentVolumeClaim>[];
}

/** Throws, with nothing assumed, when something has changed since the decision. */
export function reserveVolumes({ bindings, provisions }: Decision, nodeName: string, storage: Storage): Reservation {
  const reservation: Reservation = {
    bindings: bindings.map(({ claim, volume }) => {
      const reserved = reservedFor(volume, claim);
      return { claim, volume: reserved, changed: reserved !== volume };
    }),
    provisions: provisions.map((claim) => {
      const annotations = { ...claim.metadata.annotations, [selectedNode]: nodeName };
      return { ...claim, metadata: { ...claim.metadata, annotations } };
    }),
  };
  try {
    for (const { volume, changed } of reservation.bindings) if (changed) storage.volumes.assume(volume);
    for (const claim of reservation.provisions) storage.claims.assume(claim);
  } catch (error) {
    releaseVolumes(reservation, storage);
    throw error;
  }
  return reservation;
}

/** Idempotent. */
export function releaseVolumes({ bindings, provisions }: Reservation, storage: Storage): void {
  for (const { volume } of bindings) storage.volumes.forget(volume);
  for (const claim of provisions) storage.claims.forget(claim);
}
