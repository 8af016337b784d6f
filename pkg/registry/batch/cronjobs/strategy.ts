import type { CronJob } from "#api/types/batch/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { podNameWarnings } from "../../shared/pod-warnings/index.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import type { Strategy } from "../../strategy.ts";
import { defaultFailurePolicy } from "../jobs/strategy.ts";
import { jobSizeWarnings } from "../jobs/warnings.ts";
import { validateCronJobUpdate, validateNewCronJob } from "./validate.ts";

const templateWarnings = workloadWarnings<CronJob>({
  path: "spec.jobTemplate.spec.template",
  template: ({ spec }) => spec.jobTemplate?.spec?.template,
});

const zoneInSchedule =
  "cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details";

export const cronjobs: Strategy<CronJob> = {
  hasGeneration: true,
  validateCreate: validateNewCronJob,
  validateUpdate: validateCronJobUpdate,
  warningsOnCreate: (cronjob, context) => [
    ...podNameWarnings(cronjob.metadata.name),
    ...jobSizeWarnings("spec.jobTemplate.spec", cronjob.spec.jobTemplate?.spec ?? {}),
    ...templateWarnings.warningsOnCreate(cronjob, context),
  ],
  warningsOnUpdate: (cronjob, old, context) => [
    ...(cronjob.metadata.generation === old.metadata.generation
      ? []
      : jobSizeWarnings("spec.jobTemplate.spec", cronjob.spec.jobTemplate?.spec ?? {})),
    ...templateWarnings.warningsOnUpdate(cronjob, old, context),
    ...(cronjob.spec.schedule?.includes("TZ") ? [zoneInSchedule] : []),
  ],
  applyDefaults({ spec }) {
    spec.concurrencyPolicy ||= "Allow";
    spec.suspend ??= false;
    spec.successfulJobsHistoryLimit ??= 3;
    spec.failedJobsHistoryLimit ??= 1;
    if (spec.jobTemplate?.spec) defaultFailurePolicy(spec.jobTemplate.spec);
    const template = spec.jobTemplate?.spec?.template?.spec;
    if (template) defaultPodSpec(template);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.jobTemplate?.spec?.template?.spec),
  prepareForCreate(cronjob) {
    cronjob.status = {};
  },
};
