/** Which requests a flow schema takes. A list that must be there is null where it is not. */
import type { NonResourcePolicyRule, ResourcePolicyRule } from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import { invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings } from "../../shared/findings.ts";
import { labelErrors } from "../../shared/names.ts";

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];

const isAny = (items: readonly string[]): boolean => items.includes("*");

function* oneStarOnly(path: string, items: readonly string[], what: string): Findings {
  if (items.length > 1 && isAny(items)) yield invalid(path, items, `if '*' is present, must not specify other ${what}`);
}

function* knownVerbs(path: string, given: readonly string[]): Findings {
  if (given.length === 0) yield required(path, "verbs must contain at least one value");
  else if (isAny(given)) yield* oneStarOnly(path, given, "verbs");
  else if (!given.every((verb) => verbs.includes(verb))) yield notSupported(path, given, verbs);
}

export function* resourceRule(path: string, rule: ResourcePolicyRule): Findings {
  const apiGroups = rule.apiGroups ?? [];
  const resources = rule.resources ?? [];
  const namespaces = rule.namespaces ?? [];
  yield* knownVerbs(`${path}.verbs`, rule.verbs ?? []);
  if (apiGroups.length === 0) yield required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  yield* oneStarOnly(`${path}.apiGroups`, apiGroups, "api groups");
  if (resources.length === 0) yield required(`${path}.resources`, "resource rules must supply at least one resource");
  yield* oneStarOnly(`${path}.resources`, resources, "resources");
  const at = `${path}.namespaces`;
  if (namespaces.length === 0 && !rule.clusterScope) {
    yield required(at, "resource rules that are not cluster scoped must supply at least one namespace");
  } else if (isAny(namespaces)) yield* oneStarOnly(at, namespaces, "namespaces");
  else yield* each(at, namespaces, namespaceName);
}

function* namespaceName(path: string, name: string): Findings {
  for (const text of labelErrors(name)) {
    yield invalid(path, name, `each member of this list must be '*' or a DNS-1123 label; ${text}`);
  }
}

export function* nonResourceRule(path: string, rule: NonResourcePolicyRule): Findings {
  const nonResourceURLs = rule.nonResourceURLs ?? [];
  yield* knownVerbs(`${path}.verbs`, rule.verbs ?? []);
  const at = `${path}.nonResourceURLs`;
  if (nonResourceURLs.length === 0) yield required(at, "nonResourceURLs must contain at least one value");
  else if (isAny(nonResourceURLs)) yield* oneStarOnly(at, nonResourceURLs, "non-resource URLs");
  else yield* each(at, nonResourceURLs, urlPath);
}

/** A path with a star at most, as its last segment. */
function* urlPath(path: string, url: string): Findings {
  if (url === "/") return;
  const text =
    url === ""
      ? "must not be empty"
      : !url.startsWith("/")
        ? "must start with slash"
        : url.includes(" ")
          ? "must not contain white-space"
          : url.includes("//")
            ? "must not contain double slash"
            : url.includes("*") && !/^[^*]*\/\*$/.test(url)
              ? "wildcard can only do suffix matching"
              : undefined;
  if (text !== undefined) yield invalid(path, url, text);
}
