/** A ValidatingAdmissionPolicy and its bindings, read once for all requests that they may concern. */
import type {
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
} from "#api/types/admissionregistration.k8s.io/v1";
import { MatchConditions } from "../expressions/conditions.ts";
import { LazyExpression } from "../expressions/expression.ts";
import { parseMatch, type ResourceMatch } from "../matching/resources.ts";

export interface CompiledValidation {
  readonly spec: Readonly<Validation>;
  readonly holds: LazyExpression;
  readonly message: LazyExpression | undefined;
}

export interface Policy {
  readonly name: string;
  /** Undefined: the policy says nothing of requests, which is an error. */
  readonly match: ResourceMatch | undefined;
  readonly paramKind: ParamKind | undefined;
  readonly failsOpen: boolean;
  readonly conditions: MatchConditions;
  readonly variables: readonly { readonly name: string; readonly value: LazyExpression }[];
  readonly validations: readonly CompiledValidation[];
  /** Nothing keeps what they come to, but one that fails refuses the request. */
  readonly annotations: readonly LazyExpression[];
}

export interface PolicyBinding {
  readonly name: string;
  readonly policy: string;
  readonly paramRef: ParamRef | undefined;
  /** Undefined: all that the policy matches. */
  readonly match: ResourceMatch | undefined;
  readonly actions: readonly string[];
}

export function parsePolicy({ metadata, spec = {} }: Readonly<ValidatingAdmissionPolicy>): Policy {
  return {
    name: metadata.name ?? "",
    match: spec.matchConstraints && parseMatch(spec.matchConstraints),
    paramKind: spec.paramKind,
    failsOpen: spec.failurePolicy === "Ignore",
    conditions: new MatchConditions(spec.matchConditions),
    variables: (spec.variables ?? []).map(({ name, expression }) => ({ name, value: new LazyExpression(expression) })),
    validations: (spec.validations ?? []).map((validation) => ({
      spec: validation,
      holds: new LazyExpression(validation.expression),
      message: validation.messageExpression ? new LazyExpression(validation.messageExpression) : undefined,
    })),
    annotations: (spec.auditAnnotations ?? []).map(({ valueExpression }) => new LazyExpression(valueExpression)),
  };
}

export function parseBinding({ metadata, spec = {} }: Readonly<ValidatingAdmissionPolicyBinding>): PolicyBinding {
  return {
    name: metadata.name ?? "",
    policy: spec.policyName ?? "",
    paramRef: spec.paramRef,
    match: spec.matchResources && parseMatch(spec.matchResources),
    actions: spec.validationActions ?? [],
  };
}
