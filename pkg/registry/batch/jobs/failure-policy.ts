/** Rules on which failures of pods count, and on what is success enough. */
import type {
  JobSpec,
  PodFailurePolicyOnExitCodesRequirement,
  PodFailurePolicyOnPodConditionsPattern,
  PodFailurePolicyRule,
  SuccessPolicyRule,
} from "#api/types/batch/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import {
  duplicate,
  type FieldError,
  invalid,
  required,
  tooLong,
  tooMany,
} from "#pkg/apimachinery/validation/field-error.ts";
import { atLeastZero, each, type Findings, oneOf } from "../../shared/findings.ts";
import { labelKey } from "../../shared/label-selector.ts";
import { countIndexes } from "./indexes.ts";

const rulesMax = 20;
const exitCodesMax = 255;
const patternsMax = 20;
const indexesLengthMax = 64 * 1024;

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];
const operators = ["In", "NotIn"];
const statuses = ["False", "True", "Unknown"];

/** Lists that upstream prints as Go does. */
const listed = (values: readonly string[]): string =>
  `valid values: [${values.map((v) => JSON.stringify(v)).join(" ")}]`;

/** A finding that shows no value. */
export const wrong = (field: string, text: string): FieldError => ({
  reason: "FieldValueInvalid",
  field,
  detail: `Invalid value: ${text}`,
});

export function* failurePolicy(path: string, spec: JobSpec): Findings {
  const rules = spec.podFailurePolicy?.rules ?? [];
  if (rules.length > rulesMax) yield tooMany(`${path}.rules`, rules.length, rulesMax);
  const { containers, initContainers } = spec.template?.spec ?? {};
  const names = new Set([...(containers ?? []), ...(initContainers ?? [])].map(({ name }) => name));
  yield* each(`${path}.rules`, rules, (here, rule) =>
    failureRule(here, rule ?? ({} as PodFailurePolicyRule), spec, names),
  );
}

function* failureRule(path: string, rule: PodFailurePolicyRule, spec: JobSpec, names: ReadonlySet<string>): Findings {
  const { action, onExitCodes, onPodConditions = [] } = rule;
  const here = `${path}.action`;
  if (!action) yield required(here, listed(actions));
  else if (action !== "FailIndex") yield* oneOf(here, action, actions);
  else if (spec.backoffLimitPerIndex === undefined) {
    yield invalid(here, action, "requires the backoffLimitPerIndex to be set");
  }
  if (onExitCodes) yield* exitCodes(`${path}.onExitCodes`, onExitCodes, names);
  yield* podConditions(`${path}.onPodConditions`, onPodConditions);
  if (onExitCodes && onPodConditions.length > 0) {
    yield wrong(path, "specifying both OnExitCodes and OnPodConditions is not supported");
  }
  if (!onExitCodes && onPodConditions.length === 0) {
    yield wrong(path, "specifying one of OnExitCodes and OnPodConditions is required");
  }
}

function* podConditions(path: string, patterns: readonly PodFailurePolicyOnPodConditionsPattern[]): Findings {
  if (patterns.length > patternsMax) yield tooMany(path, patterns.length, patternsMax);
  yield* each(path, patterns, function* (here, pattern) {
    yield* labelKey(`${here}.type`, pattern?.type);
    if (!pattern?.status) yield required(`${here}.status`, listed(statuses));
    else yield* oneOf(`${here}.status`, pattern.status, statuses);
  });
}

function* exitCodes(path: string, of: PodFailurePolicyOnExitCodesRequirement, names: ReadonlySet<string>): Findings {
  const { operator, containerName, values } = of;
  if (!operator) yield required(`${path}.operator`, listed(operators));
  else yield* oneOf(`${path}.operator`, operator, operators);
  if (containerName !== undefined && !names.has(containerName)) {
    const text = "must be one of the container or initContainer names in the pod template";
    yield invalid(`${path}.containerName`, containerName, text);
  }
  const codes = values ?? [];
  if (codes.length === 0) yield invalid(`${path}.values`, asSent(of, "values"), "at least one value is required");
  else if (codes.length > exitCodesMax) yield tooMany(`${path}.values`, codes.length, exitCodesMax);
  const seen = new Set<number>();
  for (const [at, code] of codes.entries()) {
    const here = `${path}.values[${at}]`;
    if (operator === "In" && code === 0) yield invalid(here, code, "must not be 0 for the In operator");
    if (seen.has(code)) yield duplicate(here, code);
    seen.add(code);
  }
  if (codes.some((code, at) => at > 0 && (codes[at - 1] as number) > code)) {
    yield invalid(`${path}.values`, codes, "must be ordered");
  }
}

export function* successPolicy(path: string, spec: JobSpec): Findings {
  const rules = spec.successPolicy?.rules ?? [];
  if (rules.length === 0) {
    yield required(`${path}.rules`, "at least one rules must be specified when the successPolicy is specified");
  }
  if (rules.length > rulesMax) yield tooMany(`${path}.rules`, rules.length, rulesMax);
  yield* each(`${path}.rules`, rules, (here, rule) => successRule(here, rule ?? {}, spec.completions ?? 0));
}

function* successRule(path: string, rule: SuccessPolicyRule, completions: number): Findings {
  const { succeededCount: count, succeededIndexes: indexes } = rule;
  if (count === undefined && indexes === undefined) {
    yield required(path, "at least one of succeededCount or succeededIndexes must be specified");
  }
  let total = 0;
  if (indexes !== undefined) {
    const here = `${path}.succeededIndexes`;
    if (indexes.length > indexesLengthMax) yield tooLong(here, indexesLengthMax);
    const counted = countIndexes(indexes, completions);
    if (typeof counted === "number") total = counted;
    else yield invalid(here, indexes, `error parsing succeededIndexes: ${counted.error}`);
  }
  if (count === undefined) return;
  const here = `${path}.succeededCount`;
  yield* atLeastZero(here, count);
  const atMost = (max: number, what: string) =>
    invalid(here, count, `must be less than or equal to ${max} (the number of ${what})`);
  if (count > completions) yield atMost(completions, "specified completions");
  if (indexes !== undefined && count > total) yield atMost(total, "indexes in the specified succeededIndexes field");
}
