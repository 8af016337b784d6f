/** Whether claims can be had at all, whatever the node. */
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { hasRoomForConsumer, isReservedFor } from "#pkg/apimachinery/devices/pod-claims.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { PodInfo } from "../../cache/types.ts";
import { failed, unresolvable, type Verdict } from "../../framework/verdict.ts";
import type { Devices } from "./cycle.ts";

/** Undefined: it can. */
export function whyNot(
  claim: Readonly<ResourceClaim>,
  { pod }: PodInfo,
  { claims, classOf }: Devices,
): Verdict | undefined {
  if (claim.status?.allocation) {
    return hasRoomForConsumer(claim) || isReservedFor(claim, pod) ? undefined : unresolvable("resourceclaim in use");
  }
  // The claim's next change tells how that ended.
  if (claims.isPending(claim.metadata.uid ?? "")) {
    return unresolvable(`resource claim ${keyOf(claim)} is in the process of being allocated`);
  }
  for (const { name, exactly, firstAvailable = [] } of claim.spec.devices?.requests ?? []) {
    if (!exactly && firstAvailable.length === 0) {
      return unresolvable(`resource claim ${keyOf(claim)}, request ${name}: unknown request type`);
    }
    const wanted = exactly
      ? [{ ...exactly, name }]
      : firstAvailable.map((one) => ({ ...one, name: `${name}/${one.name}` }));
    for (const { name: request, deviceClassName } of wanted) {
      if (!deviceClassName) return failed(new Error(`request ${request}: unsupported request type`));
      if (!classOf(deviceClassName)) {
        return unresolvable(`request ${request}: device class ${deviceClassName} does not exist`);
      }
    }
  }
  return undefined;
}
