import type { Job, JobSpec } from "#api/types/batch/v1";
import { defaultPodSpec } from "../../core/pods/defaults.ts";
import { dropDisabledPodFields } from "../../core/pods/disabled-fields.ts";
import { podNameWarnings } from "../../shared/pod-warnings/index.ts";
import { workloadWarnings } from "../../shared/pod-warnings/workloads.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNewJob } from "./validate.ts";
import { validateJobStatus } from "./validate-status.ts";
import { validateJobUpdate } from "./validate-update.ts";
import { jobSizeWarnings } from "./warnings.ts";

const unlimited = 2 ** 31 - 1;

export function defaultFailurePolicy({ podFailurePolicy }: JobSpec): void {
  for (const { onPodConditions } of podFailurePolicy?.rules ?? []) {
    for (const pattern of onPodConditions ?? []) pattern.status ||= "True";
  }
}

export function defaultJobSpec(spec: JobSpec): void {
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? 6 : unlimited;
  spec.completionMode ??= "NonIndexed";
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? "Failed" : "TerminatingOrFailed";
  defaultFailurePolicy(spec);
  if (spec.template?.spec) defaultPodSpec(spec.template.spec);
}

const podsStay =
  "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to remove them or set " +
  "propagationPolicy=Orphan to suppress this warning";

/** A job finds its pods by its own uid, unless it brings a selector. Other values of these labels are refused later. */
function generateSelector({ metadata, spec }: Job): void {
  if (spec.manualSelector) return;
  const uid = metadata.uid ?? "";
  const own = { "batch.kubernetes.io/controller-uid": uid };
  const name = metadata.name ?? "";
  spec.template.metadata ??= {};
  spec.template.metadata.labels = {
    ...own,
    "controller-uid": uid,
    "batch.kubernetes.io/job-name": name,
    "job-name": name,
    ...spec.template.metadata.labels,
  };
  spec.selector ??= {};
  spec.selector.matchLabels = { ...own, ...spec.selector.matchLabels };
}

/** A job without labels has those of its pods. */
function labelLikeTemplate({ metadata, spec }: Job): void {
  const labels = spec.template?.metadata?.labels ?? {};
  if (Object.keys(metadata.labels ?? {}).length > 0 || Object.keys(labels).length === 0) return;
  metadata.labels = { ...labels };
}

const templateWarnings = workloadWarnings<Job>({ path: "spec.template", template: ({ spec }) => spec.template });

export const jobs: Strategy<Job> = {
  hasGeneration: true,
  defaultPropagation: "Orphan",
  warningsOnDelete: ({ propagationPolicy, orphanDependents }) =>
    propagationPolicy === undefined && orphanDependents === undefined ? [podsStay] : [],
  validateCreate: validateNewJob,
  validateUpdate: validateJobUpdate,
  warningsOnCreate: (job, context) => [
    ...podNameWarnings(job.metadata.name),
    ...jobSizeWarnings("spec", job.spec),
    ...templateWarnings.warningsOnCreate(job, context),
  ],
  warningsOnUpdate: (job, old, context) => [
    ...(job.metadata.generation === old.metadata.generation ? [] : jobSizeWarnings("spec", job.spec)),
    ...templateWarnings.warningsOnUpdate(job, old, context),
  ],
  applyDefaults(job) {
    defaultJobSpec(job.spec);
    job.spec.manualSelector ??= false;
    labelLikeTemplate(job);
  },
  dropUnkeptFields: ({ spec }) => dropDisabledPodFields(spec.template?.spec),
  prepareForCreate(job) {
    generateSelector(job);
    job.status = {};
  },
  // Labels that the server gives the template become the job's after it was looked at.
  complete: labelLikeTemplate,
  subresources: { status: { prepareForUpdate: labelLikeTemplate, validateUpdate: validateJobStatus } },
  fields: { "status.successful": ({ status }) => String(status?.succeeded ?? 0) },
};
