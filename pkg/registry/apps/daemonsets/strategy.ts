import type { DaemonSet } from "#api/types/apps/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import type { Strategy } from "../../strategy.ts";
import { validateDaemonSet, validateDaemonSetUpdate } from "./validate.ts";

export const daemonsets: Strategy<DaemonSet> = {
  hasGeneration: true,
  validate: validateDaemonSet,
  validateUpdate: validateDaemonSetUpdate,
  applyDefaults({ metadata, spec }) {
    spec.updateStrategy ??= {};
    spec.updateStrategy.type ||= "RollingUpdate";
    if (spec.updateStrategy.type === "RollingUpdate") {
      spec.updateStrategy.rollingUpdate = { maxUnavailable: 1, maxSurge: 0, ...spec.updateStrategy.rollingUpdate };
    }
    spec.revisionHistoryLimit ??= 10;
    if (spec.template?.spec) defaultPodSpec(spec.template.spec);
    // Templates had a generation of their own once; the annotation still carries it for old controllers.
    metadata.annotations = { "deprecated.daemonset.template.generation": "1", ...metadata.annotations };
  },
  prepareForCreate(set) {
    set.status = { currentNumberScheduled: 0, numberMisscheduled: 0, desiredNumberScheduled: 0, numberReady: 0 };
  },
};
