import type { Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment } from "#api/types/apps/v1";
import {
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { amountOf, intOrPercent, notOverHundredPercent } from "../../shared/int-or-percent.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { runsForever, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { selectsTemplate, withMatcher, workloadSelector } from "../../shared/workload-spec.ts";

export const validateDeployment = ({ spec }: Readonly<Deployment>): FieldError[] => [...deploymentSpec("spec", spec)];

export const validateDeploymentUpdate = (next: Readonly<Deployment>, old: Readonly<Deployment>): FieldError[] => [
  ...immutable("spec.selector", next.spec.selector, old.spec.selector),
];

function* deploymentSpec(path: string, spec: DeploymentSpec): Findings {
  const { selector, template, replicas, minReadySeconds = 0, revisionHistoryLimit, progressDeadlineSeconds } = spec;
  yield* atLeastZero(`${path}.replicas`, replicas);
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
  yield* strategy(`${path}.strategy`, spec.strategy ?? {});
  yield* atLeastZero(`${path}.minReadySeconds`, minReadySeconds);
  yield* atLeastZero(`${path}.revisionHistoryLimit`, revisionHistoryLimit);
  if (progressDeadlineSeconds === undefined) return;
  yield* atLeastZero(`${path}.progressDeadlineSeconds`, progressDeadlineSeconds);
  if (progressDeadlineSeconds <= minReadySeconds) {
    const text = "must be greater than minReadySeconds";
    yield invalid(`${path}.progressDeadlineSeconds`, progressDeadlineSeconds, text);
  }
}

function* strategy(path: string, of: DeploymentStrategy): Findings {
  const { type, rollingUpdate } = of;
  if (type === "Recreate") {
    if (!rollingUpdate) return;
    yield forbidden(`${path}.rollingUpdate`, "may not be specified when strategy `type` is 'Recreate'");
  } else if (type !== "RollingUpdate") {
    yield notSupported(path, internalForm(of, "DeploymentStrategy"), ["Recreate", "RollingUpdate"]);
  } else if (!rollingUpdate) yield required(`${path}.rollingUpdate`, "this should be defaulted and never be nil");
  else yield* rolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* rolling(path: string, { maxUnavailable, maxSurge }: RollingUpdateDeployment): Findings {
  yield* intOrPercent(`${path}.maxUnavailable`, maxUnavailable);
  yield* intOrPercent(`${path}.maxSurge`, maxSurge);
  if (amountOf(maxUnavailable) === 0 && amountOf(maxSurge) === 0) {
    yield invalid(`${path}.maxUnavailable`, maxUnavailable ?? 0, "may not be 0 when `maxSurge` is 0");
  }
  yield* notOverHundredPercent(`${path}.maxUnavailable`, maxUnavailable);
}
