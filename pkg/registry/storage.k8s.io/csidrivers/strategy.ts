import type { CSIDriver } from "#api/types/storage.k8s.io/v1";
import { sameMeaning } from "../../shared/semantic.ts";
import type { Strategy } from "../../strategy.ts";
import { validateDriver, validateDriverUpdate } from "./validate.ts";

const leaky =
  "spec.serviceAccountTokenInSecrets is unset; if supported by this CSI driver, set to true to prevent possible logging of tokens in volume attributes";

export const csidrivers: Strategy<CSIDriver> = {
  allowUnconditionalUpdate: false,
  applyDefaults({ spec }) {
    spec.attachRequired ??= true;
    spec.podInfoOnMount ??= false;
    spec.storageCapacity ??= false;
    spec.fsGroupPolicy ??= "ReadWriteOnceWithFSType";
    if (!spec.volumeLifecycleModes?.length) spec.volumeLifecycleModes = ["Persistent"];
    spec.requiresRepublish ??= false;
    spec.seLinuxMount ??= false;
  },
  /** The first generation is none: only changes are counted. */
  prepareForUpdate(driver, old) {
    if (!sameMeaning(driver.spec, old.spec)) driver.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateDriver,
  validateUpdate: validateDriverUpdate,
  warningsOnCreate: ({ spec }) => (leaksTokens(spec) ? [leaky] : []),
  warningsOnUpdate: ({ spec }, old) =>
    leaksTokens(spec) && !sameMeaning(spec.tokenRequests, old.spec.tokenRequests) ? [leaky] : [],
};

const leaksTokens = ({ tokenRequests, serviceAccountTokenInSecrets }: CSIDriver["spec"]): boolean =>
  (tokenRequests?.length ?? 0) > 0 && serviceAccountTokenInSecrets === undefined;
