/** Claims to devices as pods name them. Pure. KEP-3063, KEP-4381. */
import type { Pod, PodResourceClaim } from "#api/types/core/v1";
import type { ResourceClaim, ResourceClaimConsumerReference } from "#api/types/resource.k8s.io/v1";

/** Keeps a claim while its devices are allocated. */
export const finalizer = "resource.kubernetes.io/delete-protection";
/** Pods that may use one claim. */
export const consumersMax = 256;

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

export const isReservedFor = ({ status }: Readonly<ResourceClaim>, { metadata }: Readonly<Pod>): boolean =>
  status?.reservedFor?.some(({ uid }) => uid === metadata.uid) ?? false;

/** Whether one more pod may use it. */
export const hasRoomForConsumer = ({ status }: Readonly<ResourceClaim>): boolean =>
  (status?.reservedFor?.length ?? 0) < consumersMax;

export const consumerOf = ({ metadata }: Readonly<Pod>): ResourceClaimConsumerReference => ({
  resource: "pods",
  name: metadata.name ?? "",
  uid: metadata.uid ?? "",
});

/** Why a claim that should have been made for the pod was not; undefined: it was. */
export function whyNotOwn(claim: Readonly<ResourceClaim>, pod: Readonly<Pod>): string | undefined {
  const controller = claim.metadata.ownerReferences?.find((reference) => reference.controller === true);
  if (controller?.uid === pod.metadata.uid && claim.metadata.namespace === pod.metadata.namespace) return undefined;
  const names = [claim, pod].map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
  return `ResourceClaim ${names[0]} was not created for pod ${names[1]} (pod is not owner)`;
}
