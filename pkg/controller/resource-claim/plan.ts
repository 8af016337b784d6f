/** Claims to devices, as pods need them. Pure. https://kubernetes.io/docs/concepts/scheduling-eviction/dynamic-resource-allocation/ */
import type { Pod, PodResourceClaim } from "#api/types/core/v1";
import type {
  ResourceClaim,
  ResourceClaimConsumerReference,
  ResourceClaimTemplate,
} from "#api/types/resource.k8s.io/v1";
import { controllerOf, controllerReference } from "../framework/owners.ts";
import { isTerminal } from "../framework/pods.ts";

/** Of a claim that was made for a pod: which of its claims it is. */
export const podClaimAnnotation = "resource.kubernetes.io/pod-claim-name";
export const finalizer = "resource.kubernetes.io/delete-protection";
/** Pods that may use one claim. */
const consumersMax = 256;
/** Of a name that has five random characters to come. */
const baseLengthMax = 57;

/** Where a pod's claim is; `none`: it needs none; `unknown`: one has to be made from the template. */
export type ClaimName =
  | { readonly kind: "named"; readonly name: string; readonly isOwn: boolean }
  | { readonly kind: "none" }
  | { readonly kind: "unknown"; readonly template: string };

export function claimNameOf({ status }: Readonly<Pod>, claim: PodResourceClaim): ClaimName {
  if (claim.resourceClaimName !== undefined) return { kind: "named", name: claim.resourceClaimName, isOwn: false };
  const known = status?.resourceClaimStatuses?.find(({ name }) => name === claim.name);
  if (!known) return { kind: "unknown", template: claim.resourceClaimTemplateName ?? "" };
  return known.resourceClaimName ? { kind: "named", name: known.resourceClaimName, isOwn: true } : { kind: "none" };
}

/** The names of the claims that a pod uses, as far as they are known. */
export function usedClaims(pod: Readonly<Pod>): string[] {
  const named = (pod.spec.resourceClaims ?? []).map((claim) => claimNameOf(pod, claim));
  const extended = pod.status?.extendedResourceClaimStatus?.resourceClaimName;
  return [...named.flatMap((claim) => (claim.kind === "named" ? [claim.name] : [])), ...(extended ? [extended] : [])];
}

/** It ended, or will never start: its devices may go to others. */
export const isDone = (pod: Readonly<Pod>): boolean =>
  isTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName);

export const isReservedFor = ({ status }: Readonly<ResourceClaim>, { metadata }: Readonly<Pod>): boolean =>
  status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;

/** Whether a pod that was put on a node without the scheduler still has to be entered as a user. */
export const mayReserve = (claim: Readonly<ResourceClaim>, pod: Readonly<Pod>): boolean =>
  claim.status?.allocation !== undefined &&
  !isReservedFor(claim, pod) &&
  (claim.status.reservedFor?.length ?? 0) < consumersMax;

export const consumerOf = ({ metadata }: Readonly<Pod>): ResourceClaimConsumerReference => ({
  resource: "pods",
  name: metadata.name ?? "",
  uid: metadata.uid ?? "",
});

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
