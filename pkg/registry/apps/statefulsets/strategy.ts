import type { StatefulSet } from "#api/types/apps/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { labelErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNewStatefulSet, validateStatefulSetUpdate } from "./validate.ts";

export const statefulsets: Strategy<StatefulSet> = {
  hasGeneration: true,
  validateName: labelErrors,
  validateCreate: validateNewStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  applyDefaults({ spec }) {
    spec.podManagementPolicy ||= "OrderedReady";
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate = { partition: 0, ...spec.updateStrategy.rollingUpdate };
    }
    spec.persistentVolumeClaimRetentionPolicy = {
      whenDeleted: "Retain",
      whenScaled: "Retain",
      ...spec.persistentVolumeClaimRetentionPolicy,
    };
    spec.replicas ??= 1;
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    for (const claim of spec.volumeClaimTemplates ?? []) {
      claim.apiVersion = "v1";
      claim.kind = "PersistentVolumeClaim";
      if (claim.spec) claim.spec.volumeMode ??= "Filesystem";
      claim.status = { phase: "Pending" };
    }
  },
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
  },
};
