/** The claims that a pod needs. */
import type { Pod } from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { claimNameOf, whyNotOwn } from "#pkg/apimachinery/devices/pod-claims.ts";
import type { ClaimTracker } from "../../dynamic-resources/claim-tracker.ts";

export type PodClaims =
  | { readonly kind: "found"; readonly claims: readonly Readonly<ResourceClaim>[] }
  /** `why` in upstream's words. */
  | { readonly kind: "missing"; readonly why: string };

const none: PodClaims = { kind: "found", claims: [] };
const missing = (why: string): PodClaims => ({ kind: "missing", why });

/** Each once, though a pod may name it twice. Each must be there, and its own if it was to be made for it. */
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
    if (!found.includes(claim)) found.push(claim);
  }
  return { kind: "found", claims: found };
}
