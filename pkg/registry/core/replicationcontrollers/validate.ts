import type { PodTemplate, ReplicationController, ReplicationControllerSpec } from "#api/types/core/v1";
import { type FieldError, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import { runsForever, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { mapMatcher, selectsTemplate } from "../../shared/workload-spec.ts";

export const validateReplicationController = ({ spec }: Readonly<ReplicationController>): FieldError[] => [
  ...controllerSpec("spec", spec),
];

function* controllerSpec(
  path: string,
  { replicas, minReadySeconds, selector, template }: ReplicationControllerSpec,
): Findings {
  yield* atLeastZero(`${path}.minReadySeconds`, minReadySeconds);
  if (Object.keys(selector ?? {}).length === 0) yield required(`${path}.selector`);
  if (replicas === undefined) yield required(`${path}.replicas`);
  else yield* atLeastZero(`${path}.replicas`, replicas);
  if (!template) {
    yield required(`${path}.template`);
    return;
  }
  yield* selectsTemplate(`${path}.template`, template, mapMatcher(selector));
  yield* validatePodTemplate(`${path}.template`, template);
  yield* runsForever(`${path}.template`, template, "ReplicationController");
}

export const validatePodTemplateObject = ({ template }: Readonly<PodTemplate>): FieldError[] =>
  validatePodTemplate("template", template);
