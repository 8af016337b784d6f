import type { PersistentVolume, PersistentVolumeSpec } from "#api/types/core/v1";
import { nodeTermWarnings } from "../../shared/node-labels.ts";

const annotations: readonly (readonly [key: string, text: string])[] = [
  ["volume.beta.kubernetes.io/storage-class", 'deprecated since v1.8; use "storageClassName" attribute instead'],
  ["volume.beta.kubernetes.io/mount-options", 'deprecated since v1.31; use "mountOptions" attribute instead'],
];

interface GoneSource {
  readonly field: keyof PersistentVolumeSpec;
  readonly shownAs?: string;
  readonly deprecated: string;
  readonly gone: string;
}

const goneSources: readonly GoneSource[] = [
  { field: "cephfs", deprecated: "v1.28", gone: "v1.31+" },
  { field: "photonPersistentDisk", deprecated: "v1.11", gone: "v1.16+" },
  { field: "scaleIO", deprecated: "v1.16", gone: "v1.22+" },
  { field: "storageos", shownAs: "storageOS", deprecated: "v1.22", gone: "v1.25+" },
  { field: "glusterfs", deprecated: "v1.25", gone: "v1.26+" },
  { field: "rbd", deprecated: "v1.28", gone: "v1.31+" },
];

export function volumeWarnings({ metadata, spec }: Readonly<PersistentVolume>): string[] {
  const warnings = annotations
    .filter(([key]) => Object.hasOwn(metadata.annotations ?? {}, key))
    .map(([key, text]) => `metadata.annotations[${key}]: ${text}`);
  if (spec.persistentVolumeReclaimPolicy === "Recycle") {
    const text =
      "The Recycle reclaim policy is deprecated. Instead, the recommended approach is to use dynamic provisioning.";
    warnings.push(`spec.persistentVolumeReclaimPolicy: ${text}`);
  }
  const terms = spec.nodeAffinity?.required?.nodeSelectorTerms ?? [];
  const path = "spec.nodeAffinity.required.nodeSelectorTerms";
  warnings.push(...terms.flatMap((term, at) => nodeTermWarnings(`${path}[${at}]`, term)));
  for (const { field, shownAs, deprecated, gone } of goneSources) {
    if (spec[field]) warnings.push(`spec.${shownAs ?? field}: deprecated in ${deprecated}, non-functional in ${gone}`);
  }
  return warnings;
}
