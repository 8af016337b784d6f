/** Whether the expressions of a policy fit the types that it is about. Pure. https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/#type-checking */
import type {
  ExpressionWarning,
  RuleWithOperations,
  ValidatingAdmissionPolicy,
} from "#api/types/admissionregistration.k8s.io/v1";
import { type AdmissionVariables, admissionEnvironment } from "#pkg/apimachinery/cel/admission/index.ts";
import { CompileError, celTypes } from "#pkg/apimachinery/cel/index.ts";
import type { GroupVersionKind } from "./schemas.ts";

/** Types that one rule of a policy is checked against. */
const typesMax = 10;

export interface ResourceName {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
}

/** What a policy names in full: a rule with a wildcard is about nothing in particular. */
export function namedResources({ spec }: Readonly<ValidatingAdmissionPolicy>): ResourceName[] {
  return (spec?.matchConstraints?.resourceRules ?? []).flatMap((rule) => resourcesOf(rule).slice(0, typesMax));
}

function resourcesOf({ apiGroups = [], apiVersions = [], resources = [] }: RuleWithOperations): ResourceName[] {
  if ([...apiGroups, ...apiVersions].some((name) => name.includes("*"))) return [];
  const plain = resources.filter((name) => !/[*/]/.test(name)).toSorted();
  return apiGroups
    .toSorted()
    .flatMap((group) =>
      apiVersions.toSorted().flatMap((version) => plain.map((resource) => ({ group, version, resource }))),
    );
}

export interface CheckedKind extends GroupVersionKind {
  readonly type: celTypes.Type;
}

export interface KnownTypes {
  readonly kinds: readonly CheckedKind[];
  /** Of the parameters; undefined: the policy has none, or nobody knows their type. */
  readonly params: celTypes.Type | undefined;
}

export function checkPolicy({ spec }: Readonly<ValidatingAdmissionPolicy>, types: KnownTypes): ExpressionWarning[] {
  const kinds = types.kinds.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const variables = kinds.map((kind) => variablesFor(kind, spec?.variables ?? [], types.params));
  const warn = (fieldRef: string, expression: string): ExpressionWarning[] => {
    const texts = kinds.flatMap((kind, at) => {
      const fault = faultOf(expression, variables[at]!);
      return fault === undefined ? [] : [`${kind.group}/${kind.version}, Kind=${kind.kind}: ${fault}\n`];
    });
    return texts.length > 0 ? [{ fieldRef, warning: texts.join("\n") }] : [];
  };
  return (spec?.validations ?? []).flatMap(({ expression, messageExpression }, at) => [
    ...warn(`spec.validations[${at}].expression`, expression),
    ...(messageExpression ? warn(`spec.validations[${at}].messageExpression`, messageExpression) : []),
  ]);
}

const keyOf = ({ group, version, kind }: GroupVersionKind): string => `${group}\u0000${version}\u0000${kind}`;

/** The policy's own variables see those before them. One that does not fit is anything. */
function variablesFor(
  { type }: CheckedKind,
  own: readonly { readonly name: string; readonly expression: string }[],
  params: celTypes.Type | undefined,
): AdmissionVariables {
  const composed = new Map<string, celTypes.Type>();
  const variables = {
    params: params !== undefined,
    authorizer: true,
    composed,
    types: { object: type, ...(params ? { params } : {}) },
  };
  for (const { name, expression } of own) {
    try {
      composed.set(name, admissionEnvironment(variables).compile(expression).type);
    } catch (error) {
      if (!(error instanceof CompileError)) throw error;
      composed.set(name, celTypes.dyn);
    }
  }
  return variables;
}

function faultOf(expression: string, variables: AdmissionVariables): string | undefined {
  try {
    admissionEnvironment(variables).compile(expression);
    return undefined;
  } catch (error) {
    if (error instanceof CompileError) return error.message;
    throw error;
  }
}
