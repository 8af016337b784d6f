/** Claims to devices, as pods need them. Pure. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
import type { Pod } from "#api/types/core/v1";
import type { ResourceClaim, ResourceClaimTemplate } from "#api/types/resource.k8s.io/v1";
import { claimNameOf, hasRoomForConsumer, isReservedFor } from "#pkg/apimachinery/devices/pod-claims.ts";
import { controllerOf, controllerReference } from "../framework/owners.ts";
import { isTerminal } from "../framework/pods.ts";

/** Of a claim that was made for a pod: which of its claims it is. */
export const podClaimAnnotation = "resource.kubernetes.io/pod-claim-name";
/** Of a name that has five random characters to come. */
const baseLengthMax = 57;

/** The names of the claims that a pod uses, as far as they are known. */
export function usedClaims(pod: Readonly<Pod>): string[] {
  const named = (pod.spec.resourceClaims ?? []).map((claim) => claimNameOf(pod, claim));
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  return [...named.flatMap((claim) => (claim.kind === "named" ? [claim.name] : [])), ...(extended ? [extended] : [])];
}

/** It ended, or will never start: its devices may go to others. */
export const isDone = (pod: Readonly<Pod>): boolean =>
  isTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName);

/** Whether a pod that was put on a node without the scheduler still has to be entered as a user. */
export const mayReserve = (claim: Readonly<ResourceClaim>, pod: Readonly<Pod>): boolean =>
  claim.status?.allocation !== undefined && !isReservedFor(claim, pod) && hasRoomForConsumer(claim);

export function claimFromTemplate(
  { spec }: Readonly<ResourceClaimTemplate>,
  pod: Readonly<Pod>,
  claimName: string,
): ResourceClaim {
  const { labels, annotations } = spec.metadata ?? {};
  const { blockOwnerDeletion: _, ...owner } = controllerReference(pod);
  return {
    metadata: {
      generateName: generateNameOf(pod.metadata.name ?? "", claimName),
      namespace: pod.metadata.namespace ?? "",
      ...(labels ? { labels } : {}),
      annotations: { ...annotations, [podClaimAnnotation]: claimName },
      ownerReferences: [owner],
    },
    spec: spec.spec,
  };
}

/** Both names are to be seen in it, each shortened by its part. */
function generateNameOf(pod: string, claim: string): string {
  const whole = `${pod}-${claim}-`;
  if (whole.length <= baseLengthMax) return whole;
  const part = (name: string) => name.slice(0, Math.floor((name.length * baseLengthMax) / whole.length));
  return `${part(pod)}-${part(claim)}`;
}

/** The pod that a claim was made for. */
export function podOf(claim: Readonly<ResourceClaim>): { name: string; uid: string } | undefined {
  const owner = controllerOf(claim);
  return owner?.apiVersion === "v1" && owner.kind === "Pod" ? { name: owner.name, uid: owner.uid } : undefined;
}
