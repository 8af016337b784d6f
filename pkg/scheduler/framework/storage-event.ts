/** A change of what volumes are made of, as an event that may make a waiting pod schedulable. */
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from "#api/types/storage.k8s.io/v1";

interface StorageObjects {
  readonly persistentvolumeclaims: PersistentVolumeClaim;
  readonly persistentvolumes: PersistentVolume;
  readonly storageclasses: StorageClass;
  readonly csidrivers: CSIDriver;
  readonly csinodes: CSINode;
  readonly csistoragecapacities: CSIStorageCapacity;
  readonly volumeattachments: VolumeAttachment;
}

export type StorageResource = keyof StorageObjects;

/** `old` only where one was updated. */
export interface StorageChange<R extends StorageResource> {
  readonly kind: "storage";
  readonly resource: R;
  readonly what: "added" | "updated" | "deleted";
  readonly object: Readonly<StorageObjects[R]>;
  readonly old?: Readonly<StorageObjects[R]>;
}

export type StorageEvent = { readonly [R in StorageResource]: StorageChange<R> }[StorageResource];
