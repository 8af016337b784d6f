/** What of a job may change: how it runs, not what. */
import type { Job, JobSpec } from "#api/types/batch/v1";
import type { Affinity, PodTemplateSpec } from "#api/types/core/v1";
import { type FieldError, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { jobLabels, validateJob, validateJobSpec } from "./validate.ts";

export function validateJobUpdate(next: Readonly<Job>, old: Readonly<Job>): FieldError[] {
  const [after, before] = [next.spec, old.spec];
  // A job that was created suspended and never started may still be placed elsewhere.
  const placeable = before.suspend === true && old.status?.startTime === undefined;
  const template = placeable ? withPlacementOf(before.template, after.template) : before.template;
  const had = before.template?.metadata?.labels ?? {};
  const isPrefixed = Object.hasOwn(had, jobLabels.jobName) && Object.hasOwn(had, jobLabels.controllerUid);
  return [
    ...validateJob(next, isPrefixed),
    // Upstream looks at the spec a second time with what changed.
    ...validateJobSpec(next),
    ...completions("spec.completions", after, before),
    ...immutable("spec.selector", after.selector, before.selector),
    ...immutable("spec.template", after.template, template, internalForm(after.template ?? {}, "PodTemplateSpec")),
    ...immutable("spec.completionMode", after.completionMode, before.completionMode),
    ...policy("podFailurePolicy", "PodFailurePolicy", after, before),
    ...immutable("spec.backoffLimitPerIndex", after.backoffLimitPerIndex, before.backoffLimitPerIndex),
    ...immutable("spec.managedBy", after.managedBy, before.managedBy),
    ...policy("successPolicy", "SuccessPolicy", after, before),
  ];
}

function* policy(field: "podFailurePolicy" | "successPolicy", type: string, next: JobSpec, old: JobSpec): Findings {
  yield* immutable(`spec.${field}`, next[field], old[field], internalForm(next[field], type));
}

/** Indexed jobs grow and shrink with their parallelism. */
function* completions(path: string, next: JobSpec, old: JobSpec): Findings {
  if (next.completionMode !== "Indexed") yield* immutable(path, next.completions, old.completions);
  else if (!sameMeaning(next.completions, old.completions) && next.completions !== undefined) {
    if (next.completions === next.parallelism) return;
    yield invalid(path, next.completions, "can only be modified in tandem with spec.parallelism");
  }
}

/** The old template, with the directives for the scheduler from the new one. */
function withPlacementOf(old: PodTemplateSpec, next: PodTemplateSpec): PodTemplateSpec {
  if (!old.spec || !next.spec) return old;
  const metadata = { ...old.metadata };
  const spec = { ...old.spec };
  const take = <T extends object>(to: T, from: T, field: keyof T) => {
    if (from[field] === undefined) delete to[field];
    else to[field] = from[field];
  };
  take(metadata, next.metadata ?? {}, "annotations");
  take(metadata, next.metadata ?? {}, "labels");
  take(spec, next.spec, "nodeSelector");
  take(spec, next.spec, "tolerations");
  take(spec, next.spec, "schedulingGates");
  const affinity: Affinity = { ...spec.affinity };
  take(affinity, next.spec.affinity ?? {}, "nodeAffinity");
  if (Object.keys(affinity).length > 0 || (next.spec.affinity && old.spec.affinity)) spec.affinity = affinity;
  else take(spec, next.spec, "affinity");
  return { ...old, metadata, spec };
}
