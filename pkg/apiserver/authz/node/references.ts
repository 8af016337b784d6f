/** Whether a pod refers to an object, directly or through its claims. */
import { resources } from "#api/gen/resources.ts";
import type { Pod, Volume } from "#api/types/core/v1";
import type { ObjectReader } from "../../resources/reader.ts";
import type { ResourceAttributes } from "../authorizer.ts";

export async function refersTo(pod: Pod, target: ResourceAttributes, reader: ObjectReader): Promise<boolean> {
  const namespace = pod.metadata?.namespace ?? "";
  if (target.plural === "persistentvolumes") return usesVolume(pod, namespace, target.name, reader);
  if (namespace !== target.namespace) return false;
  switch (target.plural) {
    case "secrets":
      return secretNames(pod).includes(target.name) || secretOfVolume(pod, namespace, target.name, reader);
    case "configmaps":
      return configMapNames(pod).includes(target.name);
    case "persistentvolumeclaims":
      return claimNames(pod).includes(target.name);
    case "resourceclaims":
      return (
        (pod.status?.resourceClaimStatuses ?? []).some((s) => s.resourceClaimName === target.name) ||
        (pod.spec?.resourceClaims ?? []).some((c) => c.resourceClaimName === target.name)
      );
    default:
      return false;
  }
}

const containersOf = (pod: Pod) => [
  ...(pod.spec?.initContainers ?? []),
  ...(pod.spec?.containers ?? []),
  ...(pod.spec?.ephemeralContainers ?? []),
];

const volumesOf = (pod: Pod): readonly Volume[] => pod.spec?.volumes ?? [];

function secretNames(pod: Pod): (string | undefined)[] {
  const names: (string | undefined)[] = (pod.spec?.imagePullSecrets ?? []).map((s) => s.name);
  for (const volume of volumesOf(pod)) {
    names.push(volume.secret?.secretName, ...(volume.projected?.sources ?? []).map((s) => s.secret?.name));
    names.push(volume.csi?.nodePublishSecretRef?.name);
  }
  for (const container of containersOf(pod)) {
    names.push(...(container.env ?? []).map((e) => e.valueFrom?.secretKeyRef?.name));
    names.push(...(container.envFrom ?? []).map((e) => e.secretRef?.name));
  }
  return names;
}

function configMapNames(pod: Pod): (string | undefined)[] {
  const names: (string | undefined)[] = [];
  for (const volume of volumesOf(pod)) {
    names.push(volume.configMap?.name, ...(volume.projected?.sources ?? []).map((s) => s.configMap?.name));
  }
  for (const container of containersOf(pod)) {
    names.push(...(container.env ?? []).map((e) => e.valueFrom?.configMapKeyRef?.name));
    names.push(...(container.envFrom ?? []).map((e) => e.configMapRef?.name));
  }
  return names;
}

function claimNames(pod: Pod): string[] {
  const names: string[] = [];
  for (const volume of volumesOf(pod)) {
    if (volume.persistentVolumeClaim) names.push(volume.persistentVolumeClaim.claimName);
    if (volume.ephemeral) names.push(`${pod.metadata?.name}-${volume.name}`);
  }
  return names;
}

async function usesVolume(pod: Pod, namespace: string, volume: string, reader: ObjectReader): Promise<boolean> {
  for (const claim of claimNames(pod)) {
    const stored = await reader.get(resources.persistentvolumeclaims, namespace, claim);
    if (stored?.spec?.volumeName === volume) return true;
  }
  return false;
}

/** Secrets that the volumes behind the pod's claims need to be mounted. */
async function secretOfVolume(pod: Pod, namespace: string, secret: string, reader: ObjectReader): Promise<boolean> {
  for (const claim of claimNames(pod)) {
    const stored = await reader.get(resources.persistentvolumeclaims, namespace, claim);
    const volume = stored?.spec?.volumeName
      ? await reader.get(resources.persistentvolumes, "", stored.spec.volumeName)
      : undefined;
    const csi = volume?.spec?.csi;
    const references = [csi?.nodePublishSecretRef, csi?.nodeStageSecretRef, csi?.nodeExpandSecretRef];
    if (references.some((r) => r?.name === secret && (r.namespace ?? namespace) === namespace)) return true;
  }
  return false;
}
