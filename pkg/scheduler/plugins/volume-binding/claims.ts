/** A pod's claims, sorted by what has to happen to them before the pod can run. */
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import {
  classOf,
  isFullyBound,
  requestedSize,
  type SuitableVolumes,
  suitableVolumes,
} from "#pkg/apimachinery/volumes/matching.ts";
import type { PodInfo } from "../../cache/types.ts";
import { byClass, type Storage } from "../../volumes/storage.ts";

type Claim = Readonly<PersistentVolumeClaim>;

/** A claim whose volume is chosen together with the node. */
export interface DelayedClaim {
  readonly claim: Claim;
  /** Undefined when a volume is being made for the claim already, on the node that its annotation names. */
  readonly suitable: SuitableVolumes | undefined;
}

export interface PodVolumes {
  readonly bound: readonly Claim[];
  /** Those that the volume controller has to bind first, without regard to pods. */
  readonly immediate: readonly Claim[];
  /** The smallest request first, so that a small claim does not take the volume that a large one needs. */
  readonly delayed: readonly DelayedClaim[];
}

/** Throws for a claim that is not there, whose class says no binding mode, or whose selector or size cannot be read. */
export function volumesOf(pod: PodInfo, storage: Storage): PodVolumes {
  const bound: Claim[] = [];
  const immediate: Claim[] = [];
  const delayed: Claim[] = [];
  // Two volumes of a pod may be of the same claim.
  for (const key of new Set(pod.claims.map((claim) => claim.key))) {
    const claim = storage.claims.get(key);
    if (!claim) throw new Error(`error getting PVC ${JSON.stringify(key)}`);
    if (isFullyBound(claim)) bound.push(claim);
    else (!claim.spec?.volumeName && isDelayed(claim, storage) ? delayed : immediate).push(claim);
  }
  if (delayed.length === 0 || immediate.length > 0) return { bound, immediate, delayed: [] };
  delayed.sort((a, b) => requestedSize(a).compare(requestedSize(b)));
  return { bound, immediate, delayed: delayed.map((claim) => withVolumes(claim, storage)) };
}

function withVolumes(claim: Claim, storage: Storage): DelayedClaim {
  const chosen = claim.metadata.annotations?.[selectedNode];
  if (chosen !== undefined) return { claim, suitable: undefined };
  return { claim, suitable: suitableVolumes(claim, storage.volumes.byIndex(byClass, classOf(claim))) };
}

function isDelayed(claim: Claim, storage: Storage): boolean {
  const name = classOf(claim);
  const storageClass = name === "" ? undefined : storage.classes.get(name);
  if (!storageClass) return false;
  if (!storageClass.volumeBindingMode) throw new Error(`VolumeBindingMode not set for StorageClass "${name}"`);
  return storageClass.volumeBindingMode === "WaitForFirstConsumer";
}
