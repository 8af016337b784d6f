import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

const defaultMarks = [
  "storageclass.kubernetes.io/is-default-class",
  "storageclass.beta.kubernetes.io/is-default-class",
];

export const storageClassCells: Cells<StorageClass> = (storage, now) => {
  const isDefault = defaultMarks.some((key) => storage.metadata.annotations?.[key] === "true");
  return [
    isDefault ? `${nameOf(storage)} (default)` : nameOf(storage),
    storage.provisioner,
    storage.reclaimPolicy ?? "Delete",
    storage.volumeBindingMode ?? "Immediate",
    storage.allowVolumeExpansion ?? false,
    age(storage, now),
  ];
};
