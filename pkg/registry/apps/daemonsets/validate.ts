import type { DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy, RollingUpdateDaemonSet } from "#api/types/apps/v1";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, type Findings } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { amountOf, intOrPercent, notOverHundredPercent } from "../../shared/int-or-percent.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelSelector, matcherOf } from "../../shared/label-selector.ts";
import { labelsOutsideSelector, runsForever, validatePodTemplate } from "../../shared/pod-template/validate.ts";
import { notEmpty } from "../../shared/workload-spec.ts";

export const validateNewDaemonSet = ({ spec }: Readonly<DaemonSet>): FieldError[] => [...daemonSetSpec("spec", spec)];

/** The selector comes before the spec: upstream looks at what changed first. */
export const validateDaemonSetUpdate = (next: Readonly<DaemonSet>, old: Readonly<DaemonSet>): FieldError[] => [
  ...immutable("spec.selector", next.spec.selector, old.spec.selector),
  ...daemonSetSpec("spec", next.spec),
];

function* daemonSetSpec(path: string, spec: DaemonSetSpec): Findings {
  const { selector, template, minReadySeconds, updateStrategy, revisionHistoryLimit } = spec;
  yield* labelSelector(`${path}.selector`, selector);
  const matcher = matcherOf(selector);
  if (matcher && !matcher.matches(template?.metadata?.labels))
    yield labelsOutsideSelector(`${path}.template`, template);
  yield* notEmpty(`${path}.selector`, selector, "daemonset");
  yield* validatePodTemplate(`${path}.template`, template);
  yield* runsForever(`${path}.template`, template, "DaemonSet");
  yield* atLeastZero(`${path}.minReadySeconds`, minReadySeconds);
  yield* strategy(`${path}.updateStrategy`, updateStrategy ?? {});
  yield* atLeastZero(`${path}.revisionHistoryLimit`, revisionHistoryLimit);
}

function* strategy(path: string, of: DaemonSetUpdateStrategy): Findings {
  const { type, rollingUpdate } = of;
  if (type === "OnDelete") return;
  if (type !== "RollingUpdate") {
    yield notSupported(path, internalForm(of, "DaemonSetUpdateStrategy"), ["RollingUpdate", "OnDelete"]);
  } else if (!rollingUpdate) yield required(`${path}.rollingUpdate`);
  else yield* rolling(`${path}.rollingUpdate`, rollingUpdate);
}

function* rolling(path: string, { maxUnavailable, maxSurge }: RollingUpdateDaemonSet): Findings {
  yield* intOrPercent(`${path}.maxUnavailable`, maxUnavailable);
  yield* intOrPercent(`${path}.maxSurge`, maxSurge);
  yield* notOverHundredPercent(`${path}.maxUnavailable`, maxUnavailable);
  yield* notOverHundredPercent(`${path}.maxSurge`, maxSurge);
  const unavailable = amountOf(maxUnavailable) !== 0;
  const surge = amountOf(maxSurge) !== 0;
  if (unavailable && surge) {
    yield invalid(`${path}.maxSurge`, maxSurge, "may not be set when maxUnavailable is non-zero");
  } else if (!unavailable && !surge) yield required(`${path}.maxUnavailable`, "cannot be 0 when maxSurge is 0");
}
