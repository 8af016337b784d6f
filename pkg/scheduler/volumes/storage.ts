/** What plugins see of claims, volumes and what describes them. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import type {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  StorageClass,
  VolumeAttachment,
} from "#api/types/storage.k8s.io/v1";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import type { InformerSet } from "#pkg/client/types.ts";
import { Assumptions, type Lister } from "./assumptions.ts";

export interface Storage {
  readonly claims: Assumptions<PersistentVolumeClaim>;
  /** Has the index `byClass`. */
  readonly volumes: Assumptions<PersistentVolume>;
  readonly classes: Lister<StorageClass>;
  readonly drivers: Lister<CSIDriver>;
  readonly capacities: Lister<CSIStorageCapacity>;
  /** What node agents say of drivers, by node name. */
  readonly csiNodes: Lister<CSINode>;
  /** Has the index `byNode`. */
  readonly attachments: Lister<VolumeAttachment>;
}

export const byClass = "scheduler/class";
export const byNode = "scheduler/node";

export const volumeIndexes = (volume: Readonly<PersistentVolume>): readonly string[] => [classOf(volume)];
export const attachmentIndexes = ({ spec }: Readonly<VolumeAttachment>): readonly string[] => [spec.nodeName];

/** Call before the informers start. */
export function storageFrom(informers: InformerSet): Storage {
  const volumes = informers.informer(resources.persistentvolumes);
  volumes.addIndex(byClass, volumeIndexes);
  const attachments = informers.informer(resources.volumeattachments);
  attachments.addIndex(byNode, attachmentIndexes);
  return {
    claims: new Assumptions(informers.informer(resources.persistentvolumeclaims)),
    volumes: new Assumptions(volumes),
    classes: informers.informer(resources.storageclasses),
    drivers: informers.informer(resources.csidrivers),
    capacities: informers.informer(resources.csistoragecapacities),
    csiNodes: informers.informer(resources.csinodes),
    attachments,
  };
}
