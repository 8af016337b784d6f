/** Which claims a pod uses. Ephemeral volumes have claims that are named after the pod and belong to it. */
import type { PersistentVolumeClaim, Pod, Volume } from "#api/types/core/v1";

export interface PodClaim {
  /** The volume's name in the pod. */
  readonly volume: string;
  readonly name: string;
  readonly ephemeral: boolean;
}

const none: readonly PodClaim[] = [];

/** In the order of the pod's volumes. */
export function podClaims({ metadata, spec }: Readonly<Pod>): readonly PodClaim[] {
  let claims: PodClaim[] | undefined;
  for (const volume of spec.volumes ?? []) {
    const name = claimNameOf(metadata.name ?? "", volume);
    if (name === undefined) continue;
    claims ??= [];
    claims.push({ volume: volume.name, name, ephemeral: volume.ephemeral !== undefined });
  }
  return claims ?? none;
}

/** Undefined for a volume that is no claim's. */
export function claimNameOf(podName: string, { name, persistentVolumeClaim, ephemeral }: Volume): string | undefined {
  if (persistentVolumeClaim) return persistentVolumeClaim.claimName;
  return ephemeral ? `${podName}-${name}` : undefined;
}

/** Why a claim that has an ephemeral volume's name must not be used: it is somebody else's data. Undefined: it may. */
export function foreignClaim(pod: Readonly<Pod>, claim: Readonly<PersistentVolumeClaim>): string | undefined {
  const owner = claim.metadata.ownerReferences?.find(({ controller }) => controller === true);
  const { namespace, name, uid } = pod.metadata;
  if (owner?.uid === uid && claim.metadata.namespace === namespace) return undefined;
  const { namespace: home, name: claimName } = claim.metadata;
  return `PVC ${home}/${claimName} was not created for pod ${namespace}/${name} (pod is not owner)`;
}
