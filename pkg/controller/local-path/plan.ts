/** Which volumes of this machine's disk are made, and what becomes of them. Pure. */
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { provisionedBy, provisionerKeys, selectedNode } from "#pkg/apimachinery/volumes/annotations.ts";
import { claimReference } from "#pkg/apimachinery/volumes/matching.ts";

type Claim = Readonly<PersistentVolumeClaim>;
type Volume = Readonly<PersistentVolume>;

export const provisionerName = "kubets.dev/local-path";
/** What external provisioners hold their volumes with until the storage behind them is gone. */
export const volumeFinalizer = "external-provisioner.volume.kubernetes.io/finalizer";
const hostnameLabel = "kubernetes.io/hostname";

/** The same for every try, so that a claim never gets two volumes. */
export const volumeNameOf = ({ metadata }: Claim): string => `pvc-${metadata.uid}`;

/** Whether it is time to make the claim's volume: it has none, and the scheduler has chosen where, if it is to choose. */
export function isDue({ metadata, spec }: Claim, storageClass: Readonly<StorageClass> | undefined): boolean {
  const { annotations = {}, deletionTimestamp } = metadata;
  if (deletionTimestamp || spec?.volumeName || storageClass?.provisioner !== provisionerName) return false;
  if (!provisionerKeys.some((key) => annotations[key] === provisionerName)) return false;
  return storageClass.volumeBindingMode !== "WaitForFirstConsumer" || Boolean(annotations[selectedNode]);
}

const modesServed = ["ReadWriteOnce", "ReadWriteOncePod"];

/** Why the claim cannot have a volume of ours, as long as it is as it is. Undefined: it can. */
export function whyNot({ metadata, spec }: Claim, { parameters }: Readonly<StorageClass>): string | undefined {
  const mode = spec?.accessModes?.find((one) => !modesServed.includes(one));
  if (mode !== undefined) return `access mode ${mode} is not supported, only ${modesServed.join(" and ")} are`;
  if (spec?.volumeMode === "Block") return "volume mode Block is not supported, only Filesystem is";
  if (spec?.selector) return "claim.spec.selector is not supported";
  if (spec?.dataSource || spec?.dataSourceRef) return "volumes are made empty: claim.spec.dataSource is not supported";
  if (spec?.volumeAttributesClassName) return "claim.spec.volumeAttributesClassName is not supported";
  const [parameter] = Object.keys(parameters ?? {});
  if (parameter !== undefined) return `parameter ${JSON.stringify(parameter)} of the class is not known`;
  return metadata.annotations?.[selectedNode]
    ? undefined
    : "volumeBindingMode must be WaitForFirstConsumer: no node was selected";
}

export interface VolumeWanted {
  readonly claim: Claim;
  readonly storageClass: Readonly<StorageClass>;
  readonly nodeLabels: Readonly<Record<string, string>>;
  /** The volume's own, absolute. */
  readonly path: string;
}

/** Throws an Error for a node that no volume could be tied to. */
export function buildVolume({ claim, storageClass, nodeLabels, path }: VolumeWanted): PersistentVolume {
  const hostname = nodeLabels[hostnameLabel];
  if (!hostname) throw new Error(`the selected node has no label ${hostnameLabel}`);
  const { reclaimPolicy = "Delete", mountOptions = [] } = storageClass;
  const here = { key: hostnameLabel, operator: "In" as const, values: [hostname] };
  return {
    metadata: {
      name: volumeNameOf(claim),
      annotations: { [provisionedBy]: provisionerName },
      ...(reclaimPolicy === "Delete" ? { finalizers: [volumeFinalizer] } : {}),
    },
    spec: {
      accessModes: claim.spec?.accessModes ?? [],
      capacity: { storage: claim.spec?.resources?.requests?.["storage"] ?? "0" },
      claimRef: claimReference(claim),
      local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [here] }] } },
      persistentVolumeReclaimPolicy: reclaimPolicy,
      storageClassName: storageClass.metadata.name ?? "",
      volumeMode: "Filesystem",
      ...(mountOptions.length > 0 ? { mountOptions } : {}),
    },
  };
}

/**
 * What a volume needs next. hold, let go: our finalizer, which volumes have that go with their claim; remove: the directory,
 * then the object.
 */
export type Step = "nothing" | "hold" | "let go" | "remove";

export function stepOf({ metadata, spec, status }: Volume): Step {
  if (metadata.annotations?.[provisionedBy] !== provisionerName) return "nothing";
  const isHeld = metadata.finalizers?.includes(volumeFinalizer) ?? false;
  const isDeleted = metadata.deletionTimestamp !== undefined;
  if (spec?.persistentVolumeReclaimPolicy !== "Delete") return isHeld ? "let go" : "nothing";
  // Who takes our finalizer off a volume that is being deleted wants to keep what is in it.
  if (isDeleted && !isHeld) return "nothing";
  // One that was deleted before it was bound has nobody who would release it.
  if (status?.phase === "Released" || (isDeleted && status?.phase !== "Bound")) return "remove";
  return isHeld ? "nothing" : "hold";
}
