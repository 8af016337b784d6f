import type { PersistentVolumeClaim } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";

export const persistentvolumeclaims: Strategy<PersistentVolumeClaim> = {
  applyDefaults(claim) {
    claim.spec.volumeMode ??= "Filesystem";
    claim.status = { phase: "Pending", ...claim.status };
  },
  prepareForCreate(claim) {
    claim.status = { phase: "Pending" };
  },
};
