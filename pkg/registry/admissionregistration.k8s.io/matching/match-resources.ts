import type { MatchResources } from "#api/types/admissionregistration.k8s.io/v1";
import { required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf } from "../../shared/findings.ts";
import { labelSelector } from "../../shared/label-selector.ts";
import { namedRule } from "./rules.ts";

export const failurePolicies = ["Fail", "Ignore"];
export const matchPolicies = ["Equivalent", "Exact"];

export function* matchResources(path: string, match: MatchResources): Findings {
  if (match.matchPolicy === undefined) yield required(`${path}.matchPolicy`);
  else yield* oneOf(`${path}.matchPolicy`, match.matchPolicy, matchPolicies);
  for (const member of ["namespaceSelector", "objectSelector"] as const) {
    if (match[member] === undefined) yield required(`${path}.${member}`);
    else yield* labelSelector(`${path}.${member}`, match[member]);
  }
  yield* each(`${path}.resourceRules`, match.resourceRules, namedRule);
  yield* each(`${path}.excludeResourceRules`, match.excludeResourceRules, namedRule);
}
