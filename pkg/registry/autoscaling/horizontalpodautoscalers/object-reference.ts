/** References to an object of any kind and version. */
import type { CrossVersionObjectReference } from "#api/types/autoscaling/v2";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { parseGroupVersion } from "../../shared/group-version.ts";
import { pathSegmentErrors } from "../../shared/names.ts";

export interface ReferenceRules {
  readonly apiVersion: "unchecked" | "any group" | "a named group";
}

type Reference = Readonly<Partial<CrossVersionObjectReference>>;

export function* objectReference(path: string, ref: Reference, rules: ReferenceRules): Findings {
  for (const member of ["kind", "name"] as const) {
    const value = ref[member];
    if (!value) yield required(`${path}.${member}`);
    else yield* say(`${path}.${member}`, value, pathSegmentErrors(value));
  }
  const error = apiVersionError(ref, rules);
  if (error) yield invalid(`${path}.apiVersion`, ref.apiVersion ?? "", error);
}

export function apiVersionError({ apiVersion = "" }: Reference, rules: ReferenceRules): string | undefined {
  if (rules.apiVersion === "unchecked") return undefined;
  const parsed = parseGroupVersion(apiVersion);
  if (typeof parsed === "string") return parsed;
  return rules.apiVersion === "a named group" && parsed.group === "" ? "apiVersion must specify API group" : undefined;
}
