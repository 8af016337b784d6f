/** One policy rule in a form that answers in constant time. Semantics: the RBAC section of the Kubernetes reference. */
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import type { Attributes } from "../authorizer.ts";

export interface CompiledRule {
  readonly source: PolicyRule;
  readonly verbs: ReadonlySet<string>;
  readonly groups: ReadonlySet<string>;
  readonly resources: ReadonlySet<string>;
  readonly names: ReadonlySet<string> | undefined;
  readonly paths: readonly string[];
}

export function compileRule(rule: PolicyRule): CompiledRule {
  return {
    source: rule,
    verbs: new Set(rule.verbs ?? []),
    groups: new Set(rule.apiGroups ?? []),
    resources: new Set(rule.resources ?? []),
    names: rule.resourceNames?.length ? new Set(rule.resourceNames) : undefined,
    paths: rule.nonResourceURLs ?? [],
  };
}

export function ruleAllows(rule: CompiledRule, { verb, resource, path }: Attributes): boolean {
  if (!rule.verbs.has(verb) && !rule.verbs.has("*")) return false;
  if (!resource) return rule.paths.some((pattern) => pathMatches(pattern, path));
  if (!rule.groups.has(resource.group) && !rule.groups.has("*")) return false;
  if (!resourceMatches(rule.resources, resource.plural, resource.subresource)) return false;
  return rule.names === undefined || rule.names.has(resource.name);
}

function resourceMatches(resources: ReadonlySet<string>, plural: string, subresource: string): boolean {
  if (resources.has("*")) return true;
  if (subresource === "") return resources.has(plural);
  return resources.has(`${plural}/${subresource}`) || resources.has(`*/${subresource}`);
}

function pathMatches(pattern: string, path: string): boolean {
  if (pattern === "*" || pattern === path) return true;
  return pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1));
}
