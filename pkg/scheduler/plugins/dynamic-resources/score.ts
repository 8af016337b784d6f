/** Which node gives the better alternatives. */
import type { AllocationResult } from "#api/types/resource.k8s.io/v1";
import type { Cycle } from "./cycle.ts";

/** The first of so many alternatives counts most. */
const alternativesMax = 8;

/** Whether nodes can differ at all. */
export const hasAlternatives = ({ unallocated }: Cycle): boolean =>
  unallocated.some(({ claim }) => claim.spec.devices?.requests?.some((request) => request.firstAvailable?.length));

export function scoreOf({ unallocated }: Cycle, results: readonly AllocationResult[]): number {
  let score = 0;
  for (const [at, { claim }] of unallocated.entries()) {
    const taken = new Set(results[at]?.devices?.results?.map(({ request }) => request));
    for (const { name, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
      const rank = firstAvailable.findIndex((alternative) => taken.has(`${name}/${alternative.name}`));
      if (rank >= 0) score += alternativesMax - rank;
    }
  }
  return score;
}
