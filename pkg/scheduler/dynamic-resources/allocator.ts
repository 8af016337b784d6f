/** Gives devices of a node to claims that have none yet. */
import type { AllocationResult } from "#api/types/resource.k8s.io/v1";
import type { SelectableNode } from "#pkg/apimachinery/placement/node-selector.ts";
import { allocationOf } from "./allocation.ts";
import type { DeviceId } from "./device-id.ts";
import { poolsFor, type SliceIndex } from "./pools.ts";
import { searchDevices } from "./search.ts";
import type { ClaimWishes } from "./wishes.ts";

export type Allocation =
  /** One result for each claim, in their order. */
  | { readonly kind: "found"; readonly results: readonly AllocationResult[] }
  | { readonly kind: "none"; readonly why: string };

export interface AllocatorOptions {
  readonly slices: SliceIndex;
  readonly isTaken: (id: DeviceId) => boolean;
  /** Milliseconds on a clock that never goes back. */
  readonly now: () => number;
}

/** How long one pod may be searched for, over all nodes: meanwhile no other pod gets its turn. */
const searchMsMax = 10_000;

class OutOfTime extends Error {}

/** Serves one pod: the time that it may take runs from here. */
export class Allocator {
  readonly #options: AllocatorOptions;
  readonly #claims: readonly ClaimWishes[];
  readonly #until: number;

  constructor(claims: readonly ClaimWishes[], options: AllocatorOptions) {
    this.#options = options;
    this.#claims = claims;
    this.#until = options.now() + searchMsMax;
  }

  /** Throws an Error in upstream's words where a claim or a class cannot be understood. */
  allocate(node: SelectableNode): Allocation {
    const { slices, isTaken, now } = this.#options;
    const pools = poolsFor(node, slices);
    const checkTime = () => {
      if (now() > this.#until) throw new OutOfTime();
    };
    try {
      const picks = searchDevices({ claims: this.#claims, pools, isTaken, checkTime });
      if (picks) {
        const results = this.#claims.map(({ claim }, at) => allocationOf(claim, picks[at] as (typeof picks)[number]));
        return { kind: "found", results };
      }
    } catch (error) {
      if (error instanceof OutOfTime) return { kind: "none", why: "timed out trying to allocate devices" };
      throw error;
    }
    const isInvalid = pools.some((pool) => pool.isInvalid);
    return { kind: "none", why: isInvalid ? "invalid resource pools were encountered" : "cannot allocate all claims" };
  }
}
