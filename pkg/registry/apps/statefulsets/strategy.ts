import type { StatefulSet } from "#api/types/apps/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { labelErrors } from "../../shared/names.ts";
import { claimSpecWarnings } from "../../shared/pod-warnings/claims.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import { statefulSetStatus, workloadStatusErrors } from "../../shared/workload-status.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNewStatefulSet, validateStatefulSetUpdate } from "./validate.ts";

/** On updates upstream spells a part of the path another way. */
const setWarnings = ({ spec }: Readonly<StatefulSet>, old: Readonly<StatefulSet> | undefined): string[] => [
  ...(spec.volumeClaimTemplates ?? []).flatMap((claim, at) =>
    claimSpecWarnings(`spec.volumeClaimTemplates[${at}]${old ? ".Spec" : ""}`, claim.spec ?? {}),
  ),
  ...((spec.revisionHistoryLimit ?? 0) < 0
    ? ["spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"]
    : []),
];

/** How many may be away at once is a feature that is off by default in this version: only who has it keeps it. */
function dropDisabled(set: StatefulSet, old: Readonly<StatefulSet> | undefined): void {
  if (old?.spec.updateStrategy?.rollingUpdate?.maxUnavailable === undefined) {
    delete set.spec.updateStrategy?.rollingUpdate?.maxUnavailable;
  }
}

export const statefulsets: Strategy<StatefulSet> = {
  hasGeneration: true,
  validateName: labelErrors,
  validateCreate: validateNewStatefulSet,
  validateUpdate: validateStatefulSetUpdate,
  ...workloadWarnings({ path: "spec.template", template: ({ spec }) => spec.template, always: setWarnings }),
  applyDefaults({ spec }) {
    spec.podManagementPolicy ||= "OrderedReady";
    spec.updateStrategy ??= {};
    const update = spec.updateStrategy;
    // Who names the type and says no more of it gets no more.
    if (!update.type) {
      update.type = "RollingUpdate";
      update.rollingUpdate ??= {};
    }
    if (update.type === "RollingUpdate" && update.rollingUpdate) update.rollingUpdate.partition ??= 0;
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
      claim.status = { ...claim.status, phase: claim.status?.phase || "Pending" };
    }
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(set) {
    set.status = { replicas: 0, availableReplicas: 0 };
    dropDisabled(set, undefined);
  },
  prepareForUpdate: dropDisabled,
  subresources: {
    status: {
      validateUpdate: (next, old) => workloadStatusErrors(next.status, old.status, statefulSetStatus),
    },
  },
};
