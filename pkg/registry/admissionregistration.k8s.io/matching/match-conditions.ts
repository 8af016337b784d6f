/** Expressions that a request must satisfy before a webhook or a policy is asked. */
import type { MatchCondition } from "#api/types/admissionregistration.k8s.io/v1";
import { labelKeyErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, required, tooMany } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { type AdmissionVariables, admissionExpression } from "./expressions.ts";

const conditionsMax = 64;

export function* matchConditions(
  path: string,
  conditions: readonly MatchCondition[] = [],
  variables: AdmissionVariables,
): Findings {
  if (conditions.length > conditionsMax) yield tooMany(path, conditions.length, conditionsMax);
  const names = new Set<string>();
  for (const [at, condition] of conditions.entries()) {
    yield* matchCondition(`${path}[${at}]`, condition, variables);
    const { name } = condition;
    if (!name) continue;
    if (names.has(name)) yield duplicate(`${path}[${at}].name`, name);
    names.add(name);
  }
}

function* matchCondition(path: string, { name, expression }: MatchCondition, variables: AdmissionVariables): Findings {
  const trimmed = (expression ?? "").trim();
  if (trimmed === "") yield required(`${path}.expression`);
  else yield* admissionExpression(`${path}.expression`, trimmed, { variables, returns: ["bool"] });
  if (!name) yield required(`${path}.name`);
  else yield* say(`${path}.name`, name, labelKeyErrors(name));
}
