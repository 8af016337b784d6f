/** The rules of policies in CEL: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import type {
  AuditAnnotation,
  ParamKind,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicySpec,
  Validation,
} from "#api/types/admissionregistration.k8s.io/v1";
import type { celTypes } from "#pkg/apimachinery/cel/index.ts";
import { JsonPath } from "#pkg/apimachinery/jsonpath/index.ts";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { conditions } from "../../shared/conditions.ts";
import { each, type Findings, oneOf, say } from "../../shared/findings.ts";
import { parseGroupVersion } from "../../shared/group-version.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { label1035Errors, subdomainErrors } from "../../shared/names.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import {
  type AdmissionVariables,
  admissionExpression,
  isCelIdentifier,
  typeOfVariable,
} from "../matching/expressions.ts";
import { matchConditions } from "../matching/match-conditions.ts";
import { failurePolicies, matchResources } from "../matching/match-resources.ts";

const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge"];
const auditAnnotationsMax = 20;
const valueExpressionBytesMax = 5 * 1024;

export const validateNewPolicy = (policy: Readonly<ValidatingAdmissionPolicy>): FieldError[] => [
  ...policySpec("spec", policy, { conditions: true }),
];

export function validatePolicyUpdate(
  next: Readonly<ValidatingAdmissionPolicy>,
  old: Readonly<ValidatingAdmissionPolicy>,
): FieldError[] {
  const same =
    sameMeaning(next.spec?.paramKind, old.spec?.paramKind) &&
    sameMeaning(next.spec?.matchConditions, old.spec?.matchConditions);
  return [...policySpec("spec", next, { conditions: !same })];
}

/** Conditions that an update leaves alone are not looked at again. */
interface Checks {
  readonly conditions: boolean;
}

function* policySpec(path: string, { metadata, ...policy }: ValidatingAdmissionPolicy, checks: Checks): Findings {
  const spec: ValidatingAdmissionPolicySpec = policy.spec ?? {};
  const { failurePolicy, paramKind, matchConstraints: match, validations = [], auditAnnotations = [] } = spec;
  if (failurePolicy === undefined) yield required(`${path}.failurePolicy`);
  else yield* oneOf(`${path}.failurePolicy`, failurePolicy, failurePolicies);
  if (paramKind) yield* parameterKind(`${path}.paramKind`, paramKind);
  const params = paramKind !== undefined;
  if (!match) yield required(`${path}.matchConstraints`);
  else {
    yield* matchResources(`${path}.matchConstraints`, match);
    if (!match.resourceRules?.length) yield required(`${path}.matchConstraints.resourceRules`);
  }
  if (checks.conditions) {
    yield* matchConditions(`${path}.matchConditions`, spec.matchConditions, { authorizer: true, params });
  }
  const composed = new Map<string, celTypes.Type>();
  const variables: AdmissionVariables = { authorizer: true, params, ...(spec.variables?.length ? { composed } : {}) };
  yield* each(`${path}.variables`, spec.variables, function* (at, { name, expression }) {
    yield* variable(at, { name, expression }, variables);
    // One without an expression is no variable: others that name it are refused.
    if (expression) composed.set(name, typeOfVariable(expression, variables));
  });
  if (validations.length === 0 && auditAnnotations.length === 0) {
    const text = "validations or auditAnnotations must contain at least one item";
    yield required(`${path}.validations`, text);
    yield required(`${path}.auditAnnotations`, text);
    return;
  }
  yield* each(`${path}.validations`, validations, (at, item) => validation(at, item, variables));
  yield* annotations(`${path}.auditAnnotations`, auditAnnotations, { name: metadata.name ?? "", variables });
}

function* parameterKind(path: string, { apiVersion, kind }: ParamKind): Findings {
  const parsed = parseGroupVersion(apiVersion ?? "");
  const at = `${path}.apiVersion`;
  if (!apiVersion) yield required(at);
  else if (typeof parsed === "string") yield invalid(at, apiVersion, parsed);
  else {
    const { group, version } = parsed;
    const [wrongGroup, wrongVersion] = [group ? subdomainErrors(group) : [], label1035Errors(version)];
    if (wrongGroup.length > 0) yield invalid(at, group, wrongGroup.join(","));
    if (version === "") yield invalid(at, apiVersion, "version must be specified");
    else if (wrongVersion.length > 0) yield invalid(at, version, wrongVersion.join(","));
  }
  const wrongKind = label1035Errors((kind ?? "").toLowerCase());
  if (!kind) yield required(`${path}.kind`);
  else if (wrongKind.length > 0) {
    yield invalid(`${path}.kind`, kind, `may have mixed case, but should otherwise match: ${wrongKind.join(",")}`);
  }
}

function* variable(path: string, of: { name?: string; expression?: string }, variables: AdmissionVariables): Findings {
  const { name = "", expression = "" } = of;
  if (name.trim() === "") yield required(`${path}.name`, "name is not specified");
  else if (!isCelIdentifier(name)) yield invalid(`${path}.name`, name, "must be a valid CEL identifier");
  if (expression.trim() === "") yield required(`${path}.expression`, "expression is not specified");
  else yield* admissionExpression(`${path}.expression`, expression, { variables });
}

function* validation(path: string, of: Validation, variables: AdmissionVariables): Findings {
  const { expression = "", message = "", messageExpression = "", reason } = of;
  if (expression.trim() === "") yield required(`${path}.expression`, "expression is not specified");
  else yield* admissionExpression(`${path}.expression`, expression, { variables, returns: ["bool"] });
  if (messageExpression !== "" && messageExpression.trim() === "") {
    yield invalid(`${path}.messageExpression`, messageExpression, "must be non-empty if specified");
  } else if (messageExpression !== "") {
    const { composed } = variables;
    // A message may ask nobody whether something is allowed.
    const fewer: AdmissionVariables = {
      authorizer: false,
      params: variables.params,
      ...(composed ? { composed } : {}),
    };
    yield* admissionExpression(`${path}.messageExpression`, messageExpression, {
      variables: fewer,
      returns: ["string"],
    });
  }
  if (message !== "" && message.trim() === "") {
    yield invalid(`${path}.message`, message, "must be non-empty if specified");
  } else if (/[\n\r]/.test(message.trim())) yield invalid(`${path}.message`, message, "must not contain line breaks");
  if (reason !== undefined) yield* oneOf(`${path}.reason`, reason, reasons);
}

interface AnnotationContext {
  readonly name: string;
  readonly variables: AdmissionVariables;
}

function* annotations(path: string, items: readonly AuditAnnotation[], context: AnnotationContext): Findings {
  if (items.length > auditAnnotationsMax) {
    const shown = items.map((item) => internalForm(item, "AuditAnnotation"));
    yield invalid(path, shown, `must not have more than ${auditAnnotationsMax} auditAnnotations`);
  }
  const keys = new Set<string>();
  for (const [at, item] of items.entries()) {
    yield* annotation(`${path}[${at}]`, item, context);
    const key = item.key ?? "";
    if (keys.has(key)) yield duplicate(`${path}[${at}].key`, key);
    keys.add(key);
  }
}

function* annotation(path: string, of: AuditAnnotation, { name, variables }: AnnotationContext): Findings {
  const { key = "", valueExpression = "" } = of;
  if (name === "") yield invalid(`${path}.key`, key, "requires metadata.name be non-empty");
  else yield* say(`${path}.key`, `${name}/${key}`, labelKeyErrors(`${name}/${key}`));
  const trimmed = valueExpression.trim();
  const at = `${path}.valueExpression`;
  if (trimmed === "") yield required(at, "valueExpression is not specified");
  else if (Buffer.byteLength(trimmed) > valueExpressionBytesMax) {
    yield required(at, `must not exceed ${valueExpressionBytesMax} bytes in length`);
  } else {
    yield* admissionExpression(at, trimmed, {
      variables,
      returns: ["string", "null"],
      shown: valueExpression,
    });
  }
}

export function validatePolicyStatus({ status }: Readonly<ValidatingAdmissionPolicy>): FieldError[] {
  const warnings = status?.typeChecking?.expressionWarnings;
  return [
    ...each("status.typeChecking.expressionWarnings", warnings, function* (path, { warning, fieldRef }) {
      if (!warning) yield required(`${path}.warning`);
      yield* fieldReference(`${path}.fieldRef`, (fieldRef ?? "").trim());
    }),
    ...conditions("status.conditions", status?.conditions),
  ];
}

function* fieldReference(path: string, ref: string): Findings {
  if (ref === "") {
    yield required(path);
    return;
  }
  try {
    new JsonPath(ref);
  } catch (error) {
    yield invalid(path, ref, `invalid JSONPath: ${(error as Error).message}`);
  }
}
