/** Which requests a webhook or a policy is for: operations, groups, versions, resources, scope. */
import type { NamedRuleWithOperations, RuleWithOperations } from "#api/types/admissionregistration.k8s.io/v1";
import { duplicate, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, oneOf, say } from "../../shared/findings.ts";
import { pathSegmentErrors } from "../../shared/names.ts";

const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];

export function* namedRule(path: string, rule: NamedRuleWithOperations): Findings {
  const seen = new Set<string>();
  for (const [at, name] of (rule.resourceNames ?? []).entries()) {
    yield* say(`${path}.resourceNames[${at}]`, name, pathSegmentErrors(name));
    if (seen.has(name)) yield duplicate(`${path}.resourceNames[${at}]`, name);
    seen.add(name);
  }
  yield* operationRule(path, rule);
}

export function* operationRule(path: string, rule: RuleWithOperations): Findings {
  yield* someOrAny(`${path}.operations`, rule.operations, "operations");
  yield* each(`${path}.operations`, rule.operations, (at, operation) => oneOf(at, operation, operations));
  yield* someOrAny(`${path}.apiGroups`, rule.apiGroups, "API groups");
  yield* someOrAny(`${path}.apiVersions`, rule.apiVersions, "API versions");
  yield* each(`${path}.apiVersions`, rule.apiVersions, function* (at, version) {
    if (!version) yield required(at);
  });
  yield* ruleResources(`${path}.resources`, rule.resources);
  if (rule.scope !== undefined) yield* oneOf(`${path}.scope`, rule.scope, scopes);
}

function* someOrAny(path: string, items: readonly string[] = [], what: string): Findings {
  if (items.length === 0) yield required(path);
  if (items.length > 1 && items.includes("*")) {
    yield invalid(path, items, `if '*' is present, must not specify other ${what}`);
  }
}

/** Resources and subresources: `pods`, `pods/log`, `pods/*`, and so on with wildcards on either side. */
function* ruleResources(path: string, resources: readonly string[] = []): Findings {
  if (resources.length === 0) yield required(path);
  const allSubresourcesOf = new Set<string>();
  const subresourceOfAll = new Set<string>();
  let lastIsPlain = false;
  for (const [at, text] of resources.entries()) {
    if (!text) {
      yield required(`${path}[${at}]`);
      continue;
    }
    const slash = text.indexOf("/");
    if (slash < 0) {
      lastIsPlain = text !== "*";
      continue;
    }
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    if (allSubresourcesOf.has(resource)) {
      yield invalid(`${path}[${at}]`, text, `if '${resource}/*' is present, must not specify ${text}`);
    }
    if (subresourceOfAll.has(subresource)) {
      yield invalid(`${path}[${at}]`, text, `if '*/${subresource}' is present, must not specify ${text}`);
    }
    if (subresource === "*") allSubresourcesOf.add(resource);
    if (resource === "*") subresourceOfAll.add(subresource);
  }
  if (resources.length > 1 && resources.includes("*/*")) {
    yield invalid(path, resources, "if '*/*' is present, must not specify other resources");
  }
  if (resources.includes("*") && lastIsPlain) {
    yield invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
  }
}
