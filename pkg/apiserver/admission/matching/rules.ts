/**
 * Which requests a rule means.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import type { RuleWithOperations } from "#api/types/admissionregistration.k8s.io/v1";
import type { AdmissionRequest } from "../plugin.ts";
import type { ShownAs, Subject } from "./subject.ts";

const has = (items: readonly string[] | undefined, wanted: string): boolean =>
  items?.some((item) => item === "*" || item === wanted) ?? false;

/** Whether a rule means the request when it is taken for one of this resource. */
export function ruleMatches(rule: Readonly<RuleWithOperations>, request: AdmissionRequest, as: ShownAs): boolean {
  return (
    has(rule.operations, request.operation) &&
    has(rule.apiGroups, as.resource.group) &&
    has(rule.apiVersions, as.resource.version) &&
    (rule.resources?.some((text) => namesResource(text, as, request.subresource)) ?? false) &&
    scopeMatches(rule.scope, request, as)
  );
}

/** `pods`, `pods/log`; a `*` stands for any on either side of the slash. */
function namesResource(text: string, { resource }: ShownAs, subresource: string): boolean {
  const slash = text.indexOf("/");
  const main = slash < 0 ? text : text.slice(0, slash);
  const sub = slash < 0 ? "" : text.slice(slash + 1);
  return (main === "*" || main === resource.resource) && (sub === "*" || sub === subresource);
}

/** A Namespace is no member of itself, though requests for it carry its name as their namespace. */
function scopeMatches(scope: string | undefined, { namespace }: AdmissionRequest, { resource }: ShownAs): boolean {
  if (scope === undefined || scope === "*") return true;
  const inNamespace = namespace !== "" && !(resource.group === "" && resource.resource === "namespaces");
  return scope === "Namespaced" ? inNamespace : scope === "Cluster" && !inNamespace;
}

export interface RuleSet {
  readonly rules: readonly Readonly<RuleWithOperations & { resourceNames?: string[] }>[];
  /** matchPolicy Equivalent: a request for another version of the same objects is meant too. */
  readonly equivalent: boolean;
}

/** As what the first rule that matches shows the request; undefined: none does. */
export function matchRules({ rules, equivalent }: RuleSet, subject: Subject): ShownAs | undefined {
  const { request, asked } = subject;
  const named = ({ resourceNames }: { resourceNames?: string[] }): boolean =>
    !resourceNames?.length || resourceNames.includes(request.name);
  if (rules.some((rule) => ruleMatches(rule, request, asked) && named(rule))) return asked;
  const others = equivalent ? subject.others() : [];
  if (others.length === 0) return undefined;
  for (const rule of rules) {
    const found = others.find((other) => ruleMatches(rule, request, other) && named(rule));
    if (found) return found;
  }
  return undefined;
}
