import type { Deployment } from "#api/types/apps/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import type { Strategy } from "../../strategy.ts";
import { validateDeployment, validateDeploymentUpdate } from "./validate.ts";

export const deployments: Strategy<Deployment> = {
  hasGeneration: true,
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
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
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  subresources: { status: { keepsMetadata: ["labels"] } },
};
