import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const storageclasses: Strategy<StorageClass> = {
  applyDefaults(storageClass) {
    storageClass.reclaimPolicy ??= "Delete";
    storageClass.volumeBindingMode ??= "Immediate";
  },
};
