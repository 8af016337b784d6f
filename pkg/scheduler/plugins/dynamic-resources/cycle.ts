/** What one attempt to place a pod with claims remembers from phase to phase. */
import type { AllocationResult, DeviceClass, ResourceClaim } from "#api/types/resource.k8s.io/v1";
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
