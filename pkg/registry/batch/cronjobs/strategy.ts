import type { CronJob } from "#api/types/batch/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import type { Strategy } from "../../strategy.ts";
import { validateCronJobUpdate, validateNewCronJob } from "./validate.ts";

export const cronjobs: Strategy<CronJob> = {
  hasGeneration: true,
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobUpdate,
  applyDefaults({ spec }) {
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    const template = spec.jobTemplate?.spec?.template?.spec;
    if (template) defaultPodSpec(template);
  },
  prepareForCreate(cronjob) {
    cronjob.status = {};
  },
};
