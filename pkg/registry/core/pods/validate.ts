/** What a pod must be, on one state. */
import type { Pod } from "#api/types/core/v1";
import { jsonTextOf } from "#pkg/apimachinery/codec/index.ts";
import { type FieldError, forbidden } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "../../shared/findings.ts";
import { KnownClean } from "../../shared/known-clean.ts";
import { annotationsMatchFields, mirrorAnnotation, podAnnotations } from "../../shared/pod-spec/annotations.ts";
import { trimmedImage } from "../../shared/pod-spec/containers.ts";
import { validatePodSpec } from "../../shared/pod-spec/index.ts";

/** Holds on create and on update. */
export function validatePodState(pod: Readonly<Pod>): FieldError[] {
  const { metadata, spec } = pod;
  return [...podAnnotations("metadata.annotations", metadata.annotations, spec), ...rememberedSpecErrors(pod)];
}

const cleanSpecs = new KnownClean();

function rememberedSpecErrors(pod: Readonly<Pod>): FieldError[] {
  const text = jsonTextOf(pod.spec);
  return standsAlone(pod, text) ? cleanSpecs.findings(text, () => podSpecErrors(pod)) : podSpecErrors(pod);
}

/** Whether the rules of the spec look at nothing else: they know a mirror pod, and claims that are called as the pod is. */
const standsAlone = ({ metadata }: Readonly<Pod>, specText: string): boolean =>
  !specText.includes('"ephemeral":') && !Object.hasOwn(metadata.annotations ?? {}, mirrorAnnotation);

/** All that is wrong with the spec, whatever was found before. */
export function podSpecErrors({ metadata, spec }: Readonly<Pod>): FieldError[] {
  return [
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
