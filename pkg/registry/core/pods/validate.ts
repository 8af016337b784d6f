/** What a pod must be, on one state. */
import type { Pod } from "#api/types/core/v1";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "../../shared/findings.ts";
import { annotationsMatchFields, podAnnotations } from "../../shared/pod-spec/annotations.ts";
import { trimmedImage } from "../../shared/pod-spec/containers.ts";
import { validatePodSpec } from "../../shared/pod-spec/index.ts";

/** Holds on create and on update. */
export function validatePodState({ metadata, spec }: Readonly<Pod>): FieldError[] {
  return [
    ...podAnnotations("metadata.annotations", metadata.annotations, spec),
    ...validatePodSpec("spec", spec, metadata),
    ...tokensNeedAccount(spec),
    ...each("spec.containers", spec.containers, trimmedImage),
    ...each("spec.initContainers", spec.initContainers, trimmedImage),
  ];
}

function* tokensNeedAccount(spec: Pod["spec"]): Findings {
  if (spec.serviceAccountName) return;
  for (const [at, { projected }] of (spec.volumes ?? []).entries()) {
    for (const [index, source] of (projected?.sources ?? []).entries()) {
      if (!source.serviceAccountToken) continue;
      const path = `spec.volumes[${at}].projected.sources[${index}].serviceAccountToken`;
      yield forbidden(path, "must not be specified when serviceAccountName is not set");
    }
  }
}

/** Holds on create only. */
export function validateNewPod({ metadata, spec }: Readonly<Pod>): FieldError[] {
  const errors: FieldError[] = [];
  if (spec.ephemeralContainers?.length) errors.push(forbidden("spec.ephemeralContainers", "cannot be set on create"));
  if (spec.nodeName && spec.schedulingGates?.length) {
    errors.push(forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared"));
  }
  errors.push(...annotationsMatchFields("spec", metadata, spec));
  return errors;
}
