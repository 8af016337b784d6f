/** The rules of autoscalers: https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/ */
import type {
  CrossVersionObjectReference,
  HorizontalPodAutoscaler,
  HorizontalPodAutoscalerSpec,
  HPAScalingPolicy,
  HPAScalingRules,
} from "#api/types/autoscaling/v2";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { type FieldError, forbidden, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { aboveZero, atLeastZero, each, type Findings, oneOf } from "../../shared/findings.ts";
import { metricSpec } from "./metrics.ts";
import { apiVersionError, objectReference, type ReferenceRules } from "./object-reference.ts";

const periodSecondsMax = 1_800;
const windowSecondsMax = 3_600;
const selectPolicies = ["Disabled", "Max", "Min"];
const policyTypes = ["Percent", "Pods"];

interface SpecRules {
  readonly minReplicasFrom: number;
  readonly target: ReferenceRules;
  readonly describedObjects: ReferenceRules;
}

const specOf = ({ spec }: Readonly<HorizontalPodAutoscaler>): Partial<HorizontalPodAutoscalerSpec> => spec ?? {};

export const validateNewAutoscaler = (autoscaler: Readonly<HorizontalPodAutoscaler>): FieldError[] => [
  ...autoscalerSpec("spec", specOf(autoscaler), rulesFor(specOf(autoscaler), undefined)),
];

export const validateAutoscalerUpdate = (
  next: Readonly<HorizontalPodAutoscaler>,
  old: Readonly<HorizontalPodAutoscaler>,
): FieldError[] => [...autoscalerSpec("spec", specOf(next), rulesFor(specOf(next), specOf(old)))];

export function validateAutoscalerStatus({ status }: Readonly<HorizontalPodAutoscaler>): FieldError[] {
  return [
    ...atLeastZero("status.currentReplicas", status?.currentReplicas),
    ...atLeastZero("status.desiredReplicas", status?.desiredReplicas),
  ];
}

/** What is stored already may stay as it is, wrong as it may be by today's rules. */
function rulesFor(
  { scaleTargetRef: next }: Partial<HorizontalPodAutoscalerSpec>,
  old: Partial<HorizontalPodAutoscalerSpec> | undefined,
): SpecRules {
  const target = old?.scaleTargetRef;
  const sameTarget =
    old !== undefined &&
    (target?.apiVersion ?? "") === (next?.apiVersion ?? "") &&
    (target?.kind ?? "") === (next?.kind ?? "");
  const describedObjects: ReferenceRules = { apiVersion: "any group" };
  const wasWrong = old?.metrics?.some(
    ({ type, object }) => type === "Object" && object && apiVersionError(object.describedObject, describedObjects),
  );
  // The only kind of the core group that scales needs no group.
  const targetGroup: ReferenceRules["apiVersion"] =
    next?.kind === "ReplicationController" ? "any group" : "a named group";
  return {
    minReplicasFrom: old?.minReplicas === 0 ? 0 : 1,
    target: { apiVersion: sameTarget ? "unchecked" : targetGroup },
    describedObjects: wasWrong ? { apiVersion: "unchecked" } : describedObjects,
  };
}

function* autoscalerSpec(path: string, spec: Partial<HorizontalPodAutoscalerSpec>, rules: SpecRules): Findings {
  const { minReplicas, maxReplicas = 0, metrics = [] } = spec;
  if (minReplicas !== undefined && minReplicas < rules.minReplicasFrom) {
    const text = `must be greater than or equal to ${rules.minReplicasFrom}`;
    yield invalid(`${path}.minReplicas`, minReplicas, text);
  }
  if (maxReplicas < 1) yield invalid(`${path}.maxReplicas`, maxReplicas, "must be greater than 0");
  if (minReplicas !== undefined && maxReplicas < minReplicas) {
    yield invalid(`${path}.maxReplicas`, maxReplicas, "must be greater than or equal to `minReplicas`");
  }
  const target: Partial<CrossVersionObjectReference> = spec.scaleTargetRef ?? {};
  yield* objectReference(`${path}.scaleTargetRef`, target, rules.target);
  yield* each(`${path}.metrics`, metrics, (at, metric) => metricSpec(at, metric, rules.describedObjects));
  if (minReplicas === 0 && !metrics.some(({ type }) => type === "Object" || type === "External")) {
    const text = "must specify at least one Object or External metric to support scaling to zero replicas";
    yield forbidden(`${path}.metrics`, text);
  }
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  if (scaleUp) yield* scalingRules(`${path}.behavior.scaleUp`, scaleUp);
  if (scaleDown) yield* scalingRules(`${path}.behavior.scaleDown`, scaleDown);
}

function* scalingRules(path: string, rules: HPAScalingRules): Findings {
  const { stabilizationWindowSeconds: seconds, selectPolicy, policies = [], tolerance } = rules;
  const window = `${path}.stabilizationWindowSeconds`;
  if (seconds !== undefined && seconds < 0) yield invalid(window, seconds, "must be greater than or equal to zero");
  if (seconds !== undefined && seconds > windowSecondsMax) {
    yield invalid(window, seconds, `must be less than or equal to ${windowSecondsMax}`);
  }
  if (selectPolicy !== undefined) yield* oneOf(`${path}.selectPolicy`, selectPolicy, selectPolicies);
  if (policies.length === 0) yield required(`${path}.policies`, "must specify at least one Policy");
  yield* each(`${path}.policies`, policies, scalingPolicy);
  if (tolerance !== undefined && parseQuantity(tolerance).sign < 0) {
    yield invalid(`${path}.tolerance`, tolerance, "must be greater than or equal to 0");
  }
}

function* scalingPolicy(path: string, { type, value, periodSeconds }: HPAScalingPolicy): Findings {
  yield* oneOf(`${path}.type`, type, policyTypes);
  yield* aboveZero(`${path}.value`, value);
  yield* aboveZero(`${path}.periodSeconds`, periodSeconds);
  if (periodSeconds > periodSecondsMax) {
    yield invalid(`${path}.periodSeconds`, periodSeconds, `must be less than or equal to ${periodSecondsMax}`);
  }
}
