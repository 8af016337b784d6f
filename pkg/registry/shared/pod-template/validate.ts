/** Rules on templates of pods, and on how the templates of workloads differ from it. */
import type { PodTemplateSpec } from "#api/types/core/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { inKeyOrder } from "#pkg/apimachinery/sorted-keys.ts";
import { type FieldError, forbidden, invalid, notSupported } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "../findings.ts";
import { labelMap } from "../label-selector.ts";
import { validateAnnotations } from "../object-meta.ts";
import { annotationsMatchFields, podAnnotations } from "../pod-spec/annotations.ts";
import { validatePodSpec } from "../pod-spec/index.ts";

export function validatePodTemplate(path: string, template: PodTemplateSpec | undefined): FieldError[] {
  const { metadata, spec } = template ?? {};
  const podSpec = spec ?? { containers: [] };
  const errors = [
    ...labelMap(`${path}.labels`, metadata?.labels),
    ...validateAnnotations(metadata?.annotations, `${path}.annotations`),
    ...podAnnotations(`${path}.annotations`, metadata?.annotations, podSpec),
    ...validatePodSpec(`${path}.spec`, podSpec),
    ...annotationsMatchFields(`${path}.spec`, metadata, podSpec),
  ];
  if (podSpec.ephemeralContainers?.length) {
    errors.push(forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template"));
  }
  return errors;
}

/** Pods of controllers that replace them are always restarted and have no deadline. `kind` stands in the text. */
export function* runsForever(path: string, template: PodTemplateSpec | undefined, kind: string): Findings {
  const { restartPolicy, activeDeadlineSeconds } = template?.spec ?? {};
  if (restartPolicy !== "Always") yield notSupported(`${path}.spec.restartPolicy`, restartPolicy ?? "", ["Always"]);
  if (activeDeadlineSeconds !== undefined) {
    yield forbidden(`${path}.spec.activeDeadlineSeconds`, `activeDeadlineSeconds in ${kind} is not Supported`);
  }
}

export const labelsOutsideSelector = (path: string, template: PodTemplateSpec | undefined): FieldError => {
  const labels = asSent(template?.metadata, "labels");
  const shown = labels && inKeyOrder(labels as Readonly<Record<string, unknown>>);
  return invalid(`${path}.metadata.labels`, shown, "`selector` does not match template `labels`");
};
