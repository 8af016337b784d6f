/** The rules of ResourceQuotas: https://kubernetes.io/docs/concepts/policy/resource-quotas/ */
import type {
  ResourceQuota,
  ResourceQuotaSpec,
  ResourceQuotaStatus,
  ScopedResourceSelectorRequirement,
} from "#api/types/core/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { type FieldError, invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings } from "../../shared/findings.ts";
import { fixed } from "../../shared/immutable.ts";
import { quotaResourceName, resourceQuantity } from "../../shared/resource-names.ts";
import { fitsScope, isScope, opposites, scopesWithoutValues } from "./scopes.ts";

export const validateQuota = ({ spec }: Readonly<ResourceQuota>): FieldError[] => [...quotaSpec("spec", spec ?? {})];

export function validateQuotaUpdate(next: Readonly<ResourceQuota>, old: Readonly<ResourceQuota>): FieldError[] {
  const after = next.spec?.scopes ?? [];
  const before = new Set(old.spec?.scopes);
  const isSame = before.size === new Set(after).size && after.every((scope) => before.has(scope));
  return isSame ? [] : [fixed("spec.scopes", asSent(next.spec, "scopes"))];
}

export const validateQuotaStatus = ({ status }: Readonly<ResourceQuota>): FieldError[] => [
  ...amounts("status.hard", (status as ResourceQuotaStatus | undefined)?.hard),
  ...amounts("status.used", (status as ResourceQuotaStatus | undefined)?.used),
];

function* quotaSpec(path: string, spec: ResourceQuotaSpec): Findings {
  yield* amounts(`${path}.hard`, spec.hard);
  const resources = Object.keys(spec.hard ?? {}).sort();
  yield* scopeList(`${path}.scopes`, spec.scopes ?? [], resources);
  if (spec.scopeSelector) yield* scopeSelector(`${path}.scopeSelector.matchExpressions`, spec, resources);
}

function* amounts(path: string, map: Readonly<Record<string, string>> | undefined): Findings {
  for (const [name, amount] of entriesOf(map)) {
    yield* quotaResourceName(`${path}[${name}]`, name);
    yield* resourceQuantity(`${path}[${name}]`, name, amount);
  }
}

function* scopeList(path: string, scopes: readonly string[], resources: readonly string[]): Findings {
  for (const scope of scopes) {
    if (!isScope(scope)) yield invalid(path, scopes, "unsupported scope");
    for (const name of resources) {
      if (!fitsScope(scope, name)) yield invalid(path, scopes, "unsupported scope applied to resource");
    }
  }
  yield* conflicts(path, scopes, scopes);
}

/** `shown`: upstream prints the other list in both cases. */
function* conflicts(path: string, scopes: readonly string[], shown: unknown): Findings {
  for (const pair of opposites) {
    if (pair.every((scope) => scopes.includes(scope))) yield invalid(path, shown, "conflicting scopes");
  }
}

function* scopeSelector(path: string, { scopeSelector: of, scopes }: ResourceQuotaSpec, resources: readonly string[]) {
  const expressions: readonly Partial<ScopedResourceSelectorRequirement>[] = of?.matchExpressions ?? [];
  const shown = { MatchExpressions: of?.matchExpressions ? expressions.map(printed) : null };
  for (const one of expressions) {
    const { scopeName = "" } = one;
    if (!isScope(scopeName)) yield invalid(`${path}.scopeName`, scopeName, "unsupported scope");
    for (const name of resources) {
      if (!fitsScope(scopeName, name)) yield invalid(path, shown, "unsupported scope applied to resource");
    }
    yield* scopeOperator(path, one);
  }
  yield* conflicts(
    path,
    expressions.map(({ scopeName = "" }) => scopeName),
    scopes ?? null,
  );
}

const printed = (one: Partial<ScopedResourceSelectorRequirement>): object => ({
  ScopeName: one.scopeName ?? "",
  Operator: one.operator ?? "",
  Values: asSent(one, "values"),
});

function* scopeOperator(path: string, one: Partial<ScopedResourceSelectorRequirement>): Findings {
  const { scopeName = "", operator = "", values = [] } = one;
  const here = `${path}.operator`;
  if (scopesWithoutValues.includes(scopeName) && operator !== "Exists") {
    const names = scopesWithoutValues.map((scope) => `ResourceQuotaScope${scope}`);
    const text = `must be 'Exists' when scope is any of ${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
    yield invalid(here, operator, text);
  }
  if (operator === "In" || operator === "NotIn") {
    const text = "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector";
    if (values.length === 0) yield required(`${path}.values`, text);
  } else if (operator === "Exists" || operator === "DoesNotExist") {
    const text = "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector";
    if (values.length > 0) yield invalid(`${path}.values`, values, text);
  } else yield invalid(here, operator, "not a valid selector operator");
}
