import type { ReplicaSet } from "#api/types/apps/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import { replicaSetStatus, workloadStatusErrors } from "../../shared/workload-status.ts";
import type { Strategy } from "../../strategy.ts";
import { validateReplicaSet, validateReplicaSetUpdate } from "./validate.ts";

export const replicasets: Strategy<ReplicaSet> = {
  hasGeneration: true,
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  ...workloadWarnings({ path: "spec.template", template: ({ spec }) => spec.template, namesPods: true }),
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(set) {
    set.status = { replicas: 0 };
  },
  subresources: {
    status: {
      validateUpdate: (next, old) => workloadStatusErrors(next.status, old.status, replicaSetStatus),
    },
  },
};
