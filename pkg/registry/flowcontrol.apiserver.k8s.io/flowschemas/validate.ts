/** The rules of flow schemas: https://kubernetes.io/docs/concepts/cluster-administration/flow-control/ */
import type {
  FlowSchema,
  FlowSchemaCondition,
  FlowSchemaSpec,
  PolicyRulesWithSubjects,
  Subject,
} from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import {
  duplicate,
  type FieldError,
  forbidden,
  invalid,
  notSupported,
  required,
} from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, say } from "../../shared/findings.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelErrors, subdomainErrors } from "../../shared/names.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { mandatoryFlowSchemas } from "../mandatory.ts";
import { nonResourceRule, resourceRule } from "./policy-rules.ts";

const precedenceMax = 10_000;
const distinguishers = ["ByNamespace", "ByUser"];
const subjectKinds = ["Group", "ServiceAccount", "User"];

export function validateFlowSchema({ metadata, spec, status }: Readonly<FlowSchema>): FieldError[] {
  const name = metadata.name ?? "";
  const errors = [...flowSchemaSpec("spec", name, spec ?? {})];
  const fixed = mandatoryFlowSchemas.get(name);
  if (fixed && !sameMeaning(spec, fixed)) {
    errors.push(
      invalid("spec", internalForm(spec ?? {}, "FlowSchemaSpec"), `spec of '${name}' must equal the fixed value`),
    );
  }
  return [...errors, ...uniqueConditions("status.conditions", status?.conditions)];
}

export const validateFlowSchemaStatus = ({ status }: Readonly<FlowSchema>): FieldError[] => [
  ...uniqueConditions("status.conditions", status?.conditions),
];

/** Conditions with a type each, none twice. */
export function* uniqueConditions(path: string, conditions: readonly FlowSchemaCondition[] | undefined): Findings {
  const seen = new Set<string>();
  for (const [at, { type = "" }] of (conditions ?? []).entries()) {
    if (seen.has(type)) yield duplicate(`${path}[${at}].type`, type);
    seen.add(type);
    if (type === "") yield required(`${path}[${at}].type`);
  }
}

function* flowSchemaSpec(path: string, name: string, spec: Partial<FlowSchemaSpec>): Findings {
  const precedence = spec.matchingPrecedence ?? 0;
  const at = `${path}.matchingPrecedence`;
  if (precedence <= 0) yield invalid(at, precedence, "must be a positive value");
  if (precedence > precedenceMax) yield invalid(at, precedence, `must not be greater than ${precedenceMax}`);
  if (precedence === 1 && name !== "exempt") {
    yield invalid(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1");
  }
  const method = spec.distinguisherMethod;
  if (method && !distinguishers.includes(method.type ?? "")) {
    yield notSupported(`${path}.distinguisherMethod.type`, { Type: method.type ?? "" }, distinguishers);
  }
  const level = spec.priorityLevelConfiguration?.name;
  const levelPath = `${path}.priorityLevelConfiguration.name`;
  if (level) yield* say(levelPath, level, subdomainErrors(level));
  else yield required(levelPath, "must reference a priority level");
  yield* each(`${path}.rules`, spec.rules, rulesOfSubjects);
}

function* rulesOfSubjects(path: string, rules: PolicyRulesWithSubjects): Findings {
  // A list that must be there is null where it is not.
  const subjects = rules.subjects ?? [];
  const { resourceRules = [], nonResourceRules = [] } = rules;
  if (subjects.length === 0) yield required(`${path}.subjects`, "subjects must contain at least one value");
  yield* each(`${path}.subjects`, subjects, subject);
  if (resourceRules.length === 0 && nonResourceRules.length === 0) {
    yield required(path, "at least one of resourceRules and nonResourceRules has to be non-empty");
  }
  yield* each(`${path}.resourceRules`, resourceRules, resourceRule);
  yield* each(`${path}.nonResourceRules`, nonResourceRules, nonResourceRule);
}

/** A subject has the member that its kind names, and no other. */
const members = { ServiceAccount: "serviceAccount", User: "user", Group: "group" } as const;

function* subject(path: string, of: Subject): Findings {
  const kind: string = of.kind ?? "";
  if (kind === "ServiceAccount") yield* serviceAccount(`${path}.serviceAccount`, of.serviceAccount);
  else if (kind === "User") yield* named(`${path}.user`, of.user, kind);
  else if (kind === "Group") yield* named(`${path}.group`, of.group, kind);
  else {
    yield notSupported(`${path}.kind`, kind, subjectKinds);
    return;
  }
  for (const [other, member] of Object.entries(members)) {
    if (other === kind || of[member] === undefined) continue;
    yield forbidden(`${path}.${member}`, `${member} is forbidden when subject kind is not '${other}'`);
  }
}

function* named(path: string, of: { readonly name?: string } | undefined, kind: "User" | "Group"): Findings {
  if (!of) yield required(path, `${members[kind]} is required when subject kind is '${kind}'`);
  else if (!of.name) yield required(`${path}.name`);
}

function* serviceAccount(path: string, of: Subject["serviceAccount"]): Findings {
  if (!of) {
    yield required(path, "serviceAccount is required when subject kind is 'ServiceAccount'");
    return;
  }
  if (!of.name) yield required(`${path}.name`);
  else if (of.name !== "*") yield* say(`${path}.name`, of.name, subdomainErrors(of.name));
  if (of.namespace) yield* say(`${path}.namespace`, of.namespace, labelErrors(of.namespace));
  else yield required(`${path}.namespace`, "must specify namespace for service account");
}
