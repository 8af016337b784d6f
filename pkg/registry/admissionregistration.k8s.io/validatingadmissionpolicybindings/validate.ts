/** The rules of bindings of policies: https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/ */
import type { ParamRef, ValidatingAdmissionPolicyBinding } from "#api/types/admissionregistration.k8s.io/v1";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, oneOf, say } from "../../shared/findings.ts";
import { labelSelector } from "../../shared/label-selector.ts";
import { pathSegmentErrors, subdomainErrors } from "../../shared/names.ts";
import { matchResources } from "../matching/match-resources.ts";

const actions = ["Audit", "Deny", "Warn"];
const notFoundActions = ["Deny", "Allow"];
const exclusive = "name and selector are mutually exclusive";

export function validatePolicyBinding({ spec }: Readonly<ValidatingAdmissionPolicyBinding>): FieldError[] {
  const { policyName, paramRef, matchResources: match, validationActions } = spec ?? {};
  return [
    ...(policyName ? say("spec.policyName", policyName, subdomainErrors(policyName)) : [required("spec.policyName")]),
    ...(paramRef ? parameters("spec.paramRef", paramRef) : []),
    ...(match ? matchResources("spec.matchResources", match) : []),
    ...validActions("spec.validationActions", validationActions ?? []),
  ];
}

function* parameters(path: string, ref: ParamRef): Findings {
  const { name, selector, parameterNotFoundAction: action } = ref;
  if (name) {
    yield* say(`${path}.name`, name, pathSegmentErrors(name));
    if (selector) yield forbidden(`${path}.name`, exclusive);
  }
  if (selector) {
    yield* labelSelector(`${path}.selector`, selector);
    if (name) yield forbidden(`${path}.selector`, exclusive);
  }
  if (!name && !selector) yield required(path, "one of name or selector must be specified");
  if (!action) yield required(`${path}.parameterNotFoundAction`);
  else if (!notFoundActions.includes(action)) {
    yield notSupported(`${path}.parameterNotFoundAction`, action, notFoundActions);
  }
}

function* validActions(path: string, given: readonly string[]): Findings {
  const seen = new Set<string>();
  for (const [at, action] of given.entries()) {
    yield* oneOf(`${path}[${at}]`, action, actions);
    if (seen.has(action)) yield duplicate(`${path}[${at}]`, action);
    seen.add(action);
  }
  if (seen.has("Deny") && seen.has("Warn")) {
    const text =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    yield invalid(path, given, text);
  }
  if (seen.size === 0) yield required(path, "at least one validation action is required");
}
