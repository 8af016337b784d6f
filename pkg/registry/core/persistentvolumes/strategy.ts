import type { PersistentVolume } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";

export const persistentvolumes: Strategy<PersistentVolume> = {
  applyDefaults(volume) {
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ??= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.hostPath) spec.hostPath.type ??= "";
    volume.status = { phase: "Pending", ...volume.status };
  },
  prepareForCreate(volume, { now }) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: now.toISOString().replace(/\.\d+Z$/, "Z") };
  },
  subresources: {
    status: {
      prepareForUpdate(volume, old, { now }) {
        if (volume.status?.phase === old.status?.phase) return;
        volume.status = { ...volume.status, lastPhaseTransitionTime: now.toISOString().replace(/\.\d+Z$/, "Z") };
      },
    },
  },
};
