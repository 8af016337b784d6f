import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";
import { isDefaultClass } from "#pkg/apimachinery/volumes/default-class.ts";

export const storageClassCells: Cells<StorageClass> = (storage, now) => {
  return [
    isDefaultClass(storage) ? `${nameOf(storage)} (default)` : nameOf(storage),
    storage.provisioner,
    storage.reclaimPolicy ?? "Delete",
    storage.volumeBindingMode ?? "Immediate",
    storage.allowVolumeExpansion ?? false,
    age(storage, now),
  ];
};
