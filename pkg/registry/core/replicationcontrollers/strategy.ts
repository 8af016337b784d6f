import type { PodTemplate, ReplicationController } from "#api/types/core/v1";
import { longNameErrors } from "../../shared/names.ts";
import { podTemplateWarnings } from "../../shared/pod-warnings/index.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import { replicaSetStatus, workloadStatusErrors } from "../../shared/workload-status.ts";
import type { Strategy } from "../../strategy.ts";
import { defaultPodSpec } from "../pods/defaults.ts";
import { dropDisabledPodFields } from "../pods/disabled-fields.ts";
import { validatePodTemplateObject, validateReplicationController } from "./validate.ts";

export const replicationcontrollers: Strategy<ReplicationController> = {
  storagePrefix: "controllers",
  hasGeneration: true,
  defaultPropagation: "Orphan",
  validateName: longNameErrors,
  validate: validateReplicationController,
  ...workloadWarnings({ path: "spec.template", template: ({ spec }) => spec.template, namesPods: true }),
  // Upstream looks at the template that was there before.
  warningsOnUpdate: (next, { metadata, spec }) =>
    next.metadata.generation === metadata.generation ? [] : podTemplateWarnings("spec.template", spec.template),
  applyDefaults({ metadata, spec }) {
    const labels = spec.template?.metadata?.labels;
    if (labels) {
      if (!spec.selector || Object.keys(spec.selector).length === 0) spec.selector = { ...labels };
      if (!metadata.labels || Object.keys(metadata.labels).length === 0) metadata.labels = { ...labels };
    }
    spec.replicas ??= 1;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  subresources: {
    status: {
      validateUpdate: (next, old) => workloadStatusErrors(next.status, old.status, replicaSetStatus),
    },
  },
  fields: { "status.replicas": ({ status }) => String(status?.replicas ?? 0) },
};

export const podtemplates: Strategy<PodTemplate> = {
  hasGeneration: true,
  validate: validatePodTemplateObject,
  ...workloadWarnings({ path: "template", template: ({ template }) => template }),
  applyDefaults({ template }) {
    if (template?.spec) defaultPodSpec(template.spec);
  },
  dropUnkeptFields: ({ template }) => dropDisabledPodFields(template?.spec),
};
