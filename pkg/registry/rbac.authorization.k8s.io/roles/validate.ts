/** The rules of roles and of what binds them: https://kubernetes.io/docs/reference/access-authn-authz/rbac/ */
import type {
  AggregationRule,
  ClusterRole,
  ClusterRoleBinding,
  PolicyRule,
  Role,
  RoleBinding,
  RoleRef,
  Subject,
} from "#api/types/rbac.authorization.k8s.io/v1";
import { type FieldError, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { each, type Findings, filled, oneOf, say } from "../../shared/findings.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { labelSelector, matcherOf } from "../../shared/label-selector.ts";
import { pathSegmentErrors, subdomainErrors } from "../../shared/names.ts";

export const rbacGroup = "rbac.authorization.k8s.io";

export const validateRole = ({ rules }: Readonly<Role>): FieldError[] => [
  ...each("rules", rules, (path, rule) => policyRule(path, rule ?? {}, true)),
];

export const validateNewClusterRole = (role: Readonly<ClusterRole>): FieldError[] => [...clusterRole(role, false)];

/** Selectors whose values were stored before there were rules for them may stay. */
export function validateClusterRoleUpdate(next: Readonly<ClusterRole>, old: Readonly<ClusterRole>): FieldError[] {
  const before = old.aggregationRule?.clusterRoleSelectors ?? [];
  return [
    ...clusterRole(
      next,
      before.some((selector) => [...labelSelector("", selector)].length > 0),
    ),
  ];
}

function* clusterRole({ rules, aggregationRule }: Readonly<ClusterRole>, anyValues: boolean): Findings {
  yield* each("rules", rules, (path, rule) => policyRule(path, rule ?? {}, false));
  if (aggregationRule) yield* aggregation("aggregationRule.clusterRoleSelectors", aggregationRule, anyValues);
}

function* aggregation(
  path: string,
  { clusterRoleSelectors: list = [] }: AggregationRule,
  anyValues: boolean,
): Findings {
  if (list.length === 0) {
    yield required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  }
  yield* each(path, list, function* (here, selector) {
    yield* labelSelector(here, selector ?? {}, { anyValues });
    if (!matcherOf(selector ?? {})) yield invalid(here, null, "invalid label selector.");
  });
}

/** A rule is about resources or about paths, and paths belong to no namespace. */
function* policyRule(path: string, rule: Partial<PolicyRule>, isNamespaced: boolean): Findings {
  const { verbs, apiGroups = [], resources = [], resourceNames = [], nonResourceURLs: urls = [] } = rule;
  if (!verbs?.length) yield required(`${path}.verbs`, "verbs must contain at least one value");
  if (urls.length > 0) {
    const here = `${path}.nonResourceURLs`;
    if (isNamespaced) yield invalid(here, urls, "namespaced rules cannot apply to non-resource URLs");
    if (apiGroups.length + resources.length + resourceNames.length > 0) {
      yield invalid(here, urls, "rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (apiGroups.length === 0) yield required(`${path}.apiGroups`, "resource rules must supply at least one api group");
  if (resources.length === 0) yield required(`${path}.resources`, "resource rules must supply at least one resource");
}

export const validateRoleBinding = (binding: Readonly<RoleBinding>): FieldError[] => [
  ...binds(binding, { kinds: ["Role", "ClusterRole"], isNamespaced: true }),
];

export const validateClusterRoleBinding = (binding: Readonly<ClusterRoleBinding>): FieldError[] => [
  ...binds(binding, { kinds: ["ClusterRole"], isNamespaced: false }),
];

interface BindingRules {
  /** What may be bound. */
  readonly kinds: readonly string[];
  readonly isNamespaced: boolean;
}

function* binds({ roleRef, subjects }: Readonly<RoleBinding>, { kinds, isNamespaced }: BindingRules): Findings {
  const { apiGroup, kind, name }: Partial<RoleRef> = roleRef ?? {};
  yield* oneOf("roleRef.apiGroup", apiGroup, [rbacGroup]);
  yield* oneOf("roleRef.kind", kind, kinds);
  yield* filled("roleRef.name", name);
  if (name) yield* say("roleRef.name", name, pathSegmentErrors(name));
  yield* each("subjects", subjects, (path, subject) => bound(path, subject ?? {}, isNamespaced));
}

function* bound(path: string, subject: Partial<Subject>, isNamespaced: boolean): Findings {
  const { name, kind = "", apiGroup = "", namespace } = subject;
  yield* filled(`${path}.name`, name);
  if (kind === "ServiceAccount") {
    if (name) yield* say(`${path}.name`, name, subdomainErrors(name));
    yield* oneOf(`${path}.apiGroup`, apiGroup, [""]);
    if (!isNamespaced && !namespace) yield required(`${path}.namespace`);
  } else if (kind === "User" || kind === "Group") yield* oneOf(`${path}.apiGroup`, apiGroup, [rbacGroup]);
  else yield notSupported(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"]);
}

/** Who may change subjects must not thereby change what they may do. */
export function validateRoleRefUpdate({ roleRef }: Readonly<RoleBinding>, old: Readonly<RoleBinding>): FieldError[] {
  const next = internalForm(roleRef ?? {}, "RoleRef");
  if (JSON.stringify(next) === JSON.stringify(internalForm(old.roleRef ?? {}, "RoleRef"))) return [];
  return [invalid("roleRef", next, "cannot change roleRef")];
}
