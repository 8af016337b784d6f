/** The rules of a role that is the sum of others. Pure. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles */
import type { ClusterRole, PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { sameJson } from "../framework/equal.ts";

/** In the order of the selectors, then of the names; each rule once. Throws an Error for a selector that is not valid. */
export function aggregatedRules(role: Readonly<ClusterRole>, all: Iterable<Readonly<ClusterRole>>): PolicyRule[] {
  const others = [...all]
    .filter(({ metadata }) => metadata.name !== role.metadata.name)
    .sort((a, b) => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1));
  const rules: PolicyRule[] = [];
  for (const spec of role.aggregationRule?.clusterRoleSelectors ?? []) {
    const selector = labelSelectorFrom(spec);
    for (const { metadata, rules: theirs } of others) {
      if (!selector.matches(metadata.labels)) continue;
      for (const rule of theirs ?? []) if (!rules.some((each) => sameJson(each, rule))) rules.push(rule);
    }
  }
  return rules;
}
