/** Which changes may help a pod that waits for its claims. */
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import type { PodInfo } from "../../cache/types.ts";
import type { ClaimTracker } from "../../dynamic-resources/claim-tracker.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import { claimsOf } from "./claims-of.ts";

export function helps(pod: PodInfo, event: ClusterEvent, tracker: ClaimTracker): boolean {
  switch (event.kind) {
    case "nodeAdded":
    case "selfUpdated":
    case "deviceClassChanged":
    case "resourceSliceChanged":
      return true;
    case "nodeUpdated":
      return event.changed.has("labels") || event.changed.has("allocatable");
    case "resourceClaimChanged":
      return claimHelps(pod, event, tracker);
    default:
      return false;
  }
}

interface ClaimChange {
  readonly claim: Readonly<ResourceClaim>;
  readonly old: Readonly<ResourceClaim> | undefined;
}

function claimHelps({ pod }: PodInfo, { claim, old }: ClaimChange, tracker: ClaimTracker): boolean {
  const own = claimsOf(pod, tracker);
  if (own.kind === "missing") return false;
  // Devices became free for everybody.
  if (old?.status?.allocation && !claim.status?.allocation) return true;
  if (!own.claims.some(({ metadata }) => metadata.uid === claim.metadata.uid)) return false;
  return !old || JSON.stringify(old.status ?? {}) !== JSON.stringify(claim.status ?? {});
}
