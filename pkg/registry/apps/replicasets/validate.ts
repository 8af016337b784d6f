import type { ReplicaSet, ReplicaSetSpec } from "#api/types/apps/v1";
import type { FieldError } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { runsForever, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { selectsTemplate, withMatcher, workloadSelector } from "../../shared/workload-spec.ts";

export const validateReplicaSet = ({ spec }: Readonly<ReplicaSet>): FieldError[] => [...replicaSetSpec("spec", spec)];

export const validateReplicaSetUpdate = (next: Readonly<ReplicaSet>, old: Readonly<ReplicaSet>): FieldError[] => [
  ...immutable("spec.selector", next.spec.selector, old.spec.selector),
];

function* replicaSetSpec(path: string, { replicas, minReadySeconds, selector, template }: ReplicaSetSpec): Findings {
  yield* atLeastZero(`${path}.replicas`, replicas);
  yield* atLeastZero(`${path}.minReadySeconds`, minReadySeconds);
  // Upstream names the deployment here too.
  yield* workloadSelector(`${path}.selector`, selector, "deployment");
  yield* withMatcher({
    path: `${path}.selector`,
    selector,
    text: "invalid label selector",
    *rules(matcher) {
      yield* selectsTemplate(`${path}.template`, template, matcher);
      yield* validatePodTemplate(`${path}.template`, template);
      yield* runsForever(`${path}.template`, template, "ReplicaSet");
    },
  });
}
