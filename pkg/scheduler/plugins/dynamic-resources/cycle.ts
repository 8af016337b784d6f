/** What one attempt to place a pod with claims remembers from phase to phase. */
import type { Pod } from "#api/types/core/v1";
import type { AllocationResult, DeviceClass, ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { claimNameOf, whyNotOwn } from "#pkg/apimachinery/devices/pod-claims.ts";
import type { Client } from "#pkg/client/types.ts";
import type { Allocator } from "../../dynamic-resources/allocator.ts";
import type { ClaimTracker } from "../../dynamic-resources/claim-tracker.ts";
import type { SliceIndex } from "../../dynamic-resources/pools.ts";

export interface CycleClaim {
  /** As it was when the cycle began, and as it was written since. */
  claim: Readonly<ResourceClaim>;
  /** Decided by `reserve`, written by `preBind`. */
  allocation?: AllocationResult;
}

export interface Cycle {
  readonly claims: readonly CycleClaim[];
  /** Those that have no devices yet. */
  readonly unallocated: readonly CycleClaim[];
  allocator?: Allocator;
  /** By node: one result for each of `unallocated`, in their order. */
  readonly results: Map<string, readonly AllocationResult[]>;
  /** Claims whose devices some node cannot use. */
  readonly unavailable: Set<CycleClaim>;
}

export interface Devices {
  readonly client: Client;
  readonly claims: ClaimTracker;
  readonly slices: SliceIndex;
  readonly classOf: (name: string) => Readonly<DeviceClass> | undefined;
}

export type PodClaims =
  | { readonly kind: "found"; readonly claims: readonly Readonly<ResourceClaim>[] }
  /** `why` in upstream's words. */
  | { readonly kind: "missing"; readonly why: string };

const none: PodClaims = { kind: "found", claims: [] };
const missing = (why: string): PodClaims => ({ kind: "missing", why });

/** The claims of a pod that it needs; each must be there, and its own if it was to be made for it. */
export function claimsOf(pod: Readonly<Pod>, tracker: ClaimTracker): PodClaims {
  if (!pod.spec.resourceClaims?.length) return none;
  const { namespace, name } = pod.metadata;
  const found: Readonly<ResourceClaim>[] = [];
  for (const podClaim of pod.spec.resourceClaims) {
    const where = claimNameOf(pod, podClaim);
    if (where.kind === "none") continue;
    if (where.kind === "unknown") return missing(`pod "${namespace}/${name}": ResourceClaim not created yet`);
    const key = `${namespace}/${where.name}`;
    const claim = tracker.get(key);
    if (!claim) return missing(`could not find ResourceClaim ${JSON.stringify(key)}`);
    if (claim.metadata.deletionTimestamp)
      return missing(`resourceclaim ${JSON.stringify(where.name)} is being deleted`);
    const wrong = where.isOwn ? whyNotOwn(claim, pod) : undefined;
    if (wrong) return missing(wrong);
    found.push(claim);
  }
  return { kind: "found", claims: found };
}
