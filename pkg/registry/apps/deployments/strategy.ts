import type { Deployment } from "#api/types/apps/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import { deploymentStatus, workloadStatusErrors } from "../../shared/workload-status.ts";
import type { Strategy } from "../../strategy.ts";
import { validateDeployment, validateDeploymentUpdate } from "./validate.ts";

export const deployments: Strategy<Deployment> = {
  hasGeneration: true,
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  ...workloadWarnings({ path: "spec.template", template: ({ spec }) => spec.template, namesPods: true }),
  applyDefaults({ spec }) {
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= "RollingUpdate";
    if (spec.strategy.type === "RollingUpdate") {
      spec.strategy.rollingUpdate = { maxUnavailable: "25%", maxSurge: "25%", ...spec.strategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  prepareForUpdate(deployment, old) {
    // Controllers read instructions from annotations: to change one is to want something else.
    if (sameJson(deployment.metadata.annotations ?? {}, old.metadata.annotations ?? {})) return;
    deployment.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  subresources: {
    status: {
      keepsMetadata: ["labels"],
      validateUpdate: (next, old) => workloadStatusErrors(next.status, old.status, deploymentStatus),
    },
  },
};
