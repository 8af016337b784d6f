/** Gives back devices that no node of the pod can use, so that the claim may get others. */

import type { PodInfo } from "../../cache/types.ts";
import type { PostFilterPlugin } from "../../framework/plugin.ts";
import type { Cycle, Devices } from "./cycle.ts";

export const deallocation = (
  { client }: Pick<Devices, "client">,
  cycleOf: (pod: PodInfo) => Cycle | undefined,
): PostFilterPlugin => ({
  name: "DynamicResources",
  async postFilter(pod, _failures, signal) {
    const cycle = cycleOf(pod);
    if (!cycle) return { message: "no new claims to deallocate" };
    for (const { claim } of cycle.unavailable) {
      const { allocation: _, reservedFor = [], devices: __, ...status } = claim.status ?? {};
      if (reservedFor.some(({ uid }) => uid !== pod.uid)) continue;
      await client.resourceclaims.updateStatus({ ...claim, status }, { signal });
      return { message: "deallocation of ResourceClaim completed" };
    }
    return { message: "still not schedulable" };
  },
});
