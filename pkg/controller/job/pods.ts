/** The pods of a job: what they are for, and how a new one looks. Pure. */
import type { Job } from "#api/types/batch/v1";
import type { EnvVar, Pod } from "#api/types/core/v1";
import { controllerReference } from "../framework/owners.ts";
import { podFromTemplate } from "../framework/pods.ts";

export const trackingFinalizer = "batch.kubernetes.io/job-tracking";
const indexKey = "batch.kubernetes.io/job-completion-index";

export const isIndexed = (job: Readonly<Job>): boolean => job.spec.completionMode === "Indexed";
export const isTracked = (pod: Readonly<Pod>): boolean => pod.metadata.finalizers?.includes(trackingFinalizer) ?? false;

/** -1 where the pod has none. */
export function indexOf(pod: Readonly<Pod>): number {
  const text = pod.metadata.annotations?.[indexKey];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : -1;
}

export type Verdict = "succeeded" | "failed" | "running";

/** A pod that is being deleted before it ended counts as failed once nothing of it runs; with policy Failed only then. */
export function verdictOf(pod: Readonly<Pod>, replaceOnlyFailed: boolean): Verdict {
  if (pod.status?.phase === "Succeeded") return "succeeded";
  if (pod.status?.phase === "Failed") return "failed";
  return pod.metadata.deletionTimestamp && !replaceOnlyFailed ? "failed" : "running";
}

/** `failures`: how often the index has failed, where that is counted. */
export function newPod(job: Readonly<Job>, index: number | undefined, failures?: number): Pod {
  const { name = "", namespace = "" } = job.metadata;
  const generateName = index === undefined ? `${name}-` : `${name}-${index}-`;
  const pod = podFromTemplate(job.spec.template, { namespace, generateName, owner: controllerReference(job) });
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), trackingFinalizer];
  if (index === undefined) return pod;
  const text = String(index);
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [indexKey]: text,
    ...(failures === undefined ? {} : { "batch.kubernetes.io/job-index-failure-count": String(failures) }),
  };
  pod.metadata.labels = { ...pod.metadata.labels, [indexKey]: text };
  pod.spec.hostname ||= `${name}-${index}`.slice(0, 63);
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    if (!container.env?.some((each) => each.name === "JOB_COMPLETION_INDEX"))
      container.env = [...(container.env ?? []), indexVariable];
  }
  return pod;
}

const indexVariable: EnvVar = {
  name: "JOB_COMPLETION_INDEX",
  valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: `metadata.labels['${indexKey}']` } },
};
