import type { CSIDriver } from "#api/types/storage.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const csidrivers: Strategy<CSIDriver> = {
  hasGeneration: false,
  applyDefaults({ spec }) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
};
