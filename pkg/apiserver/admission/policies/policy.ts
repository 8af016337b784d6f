/** A ValidatingAdmissionPolicy and its bindings, read once for all requests that they may concern. */
import type {
  ParamKind,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
  Validation,
  Variable,
} from "#api/types/admissionregistration.k8s.io/v1";
import { MatchConditions } from "../expressions/conditions.ts";
import { AdmissionExpression, type ExpressionOptions } from "../expressions/expression.ts";
import { anything, type Type, text, textOrNull, truth, unknownType } from "../expressions/types.ts";
import { parseMatch, type ResourceMatch } from "../matching/resources.ts";

export interface CompiledValidation {
  readonly spec: Readonly<Validation>;
  readonly holds: AdmissionExpression;
  readonly message: AdmissionExpression | undefined;
}

export interface Policy {
  readonly name: string;
  /** Undefined: the policy says nothing of requests, which is an error. */
  readonly match: ResourceMatch | undefined;
  readonly paramKind: ParamKind | undefined;
  readonly failsOpen: boolean;
  readonly conditions: MatchConditions;
  readonly variables: ReadonlyMap<string, AdmissionExpression>;
  readonly validations: readonly CompiledValidation[];
  /** Nothing keeps what they come to, but one that fails refuses the request. */
  readonly annotations: readonly AdmissionExpression[];
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
  const params = spec.paramKind !== undefined;
  const variables = composedOf(spec.variables, params);
  const composed = (): ReadonlyMap<string, Type> => typesOf(variables);
  const all: ExpressionOptions["variables"] = () => ({ params, authorizer: true, composed: composed() });
  const plain: ExpressionOptions["variables"] = () => ({ params, authorizer: false, composed: composed() });
  return {
    name: metadata.name ?? "",
    match: spec.matchConstraints && parseMatch(spec.matchConstraints),
    paramKind: spec.paramKind,
    failsOpen: spec.failurePolicy === "Ignore",
    conditions: new MatchConditions(spec.matchConditions, all),
    variables,
    validations: (spec.validations ?? []).map((validation) => ({
      spec: validation,
      holds: new AdmissionExpression(validation.expression, { variables: all, returns: truth }),
      // Messages go to clients, who need not know what others may do.
      message: validation.messageExpression
        ? new AdmissionExpression(validation.messageExpression, { variables: plain, returns: text })
        : undefined,
    })),
    annotations: (spec.auditAnnotations ?? []).map(
      ({ valueExpression }) => new AdmissionExpression(valueExpression, { variables: all, returns: textOrNull }),
    ),
  };
}

/** Each may read those before it. */
function composedOf(variables: readonly Variable[] | undefined, params: boolean): Map<string, AdmissionExpression> {
  const made = new Map<string, AdmissionExpression>();
  for (const { name, expression } of variables ?? []) {
    const before = new Map(made);
    const options = () => ({ params, authorizer: true, composed: typesOf(before) });
    made.set(name, new AdmissionExpression(expression, { variables: options, returns: anything }));
  }
  return made;
}

const typesOf = (variables: ReadonlyMap<string, AdmissionExpression>): Map<string, Type> =>
  new Map([...variables].map(([name, expression]) => [name, expression.type ?? unknownType]));

export function parseBinding({ metadata, spec = {} }: Readonly<ValidatingAdmissionPolicyBinding>): PolicyBinding {
  return {
    name: metadata.name ?? "",
    policy: spec.policyName ?? "",
    paramRef: spec.paramRef,
    match: spec.matchResources && parseMatch(spec.matchResources),
    actions: spec.validationActions ?? [],
  };
}
