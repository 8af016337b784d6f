/** Whether some rules grant all that others do. Pure. */
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";

/** Rules of one verb, one resource (or path) and at most one name: each is granted by a single rule or not at all. */
function* atomsOf(rule: PolicyRule): Generator<PolicyRule, void, undefined> {
  for (const group of rule.apiGroups ?? []) {
    for (const resource of rule.resources ?? []) {
      for (const verb of rule.verbs ?? []) {
        const atom = { apiGroups: [group], resources: [resource], verbs: [verb] };
        if (!rule.resourceNames?.length) yield atom;
        for (const name of rule.resourceNames ?? []) yield { ...atom, resourceNames: [name] };
      }
    }
  }
  for (const path of rule.nonResourceURLs ?? []) {
    for (const verb of rule.verbs ?? []) yield { nonResourceURLs: [path], verbs: [verb] };
  }
}

/** What of `wanted` no rule of `held` grants, in small rules. */
export function notCovered(held: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing: PolicyRule[] = [];
  for (const rule of wanted) {
    for (const atom of atomsOf(rule)) if (!held.some((one) => covers(one, atom))) missing.push(atom);
  }
  return missing;
}

function covers(held: PolicyRule, atom: PolicyRule): boolean {
  const names = held.resourceNames ?? [];
  return (
    hasAll(held.verbs, atom.verbs, true) &&
    hasAll(held.apiGroups, atom.apiGroups, true) &&
    (atom.resources ?? []).every((resource) => coversResource(held.resources ?? [], resource)) &&
    (names.length === 0 || ((atom.resourceNames?.length ?? 0) > 0 && hasAll(names, atom.resourceNames, false))) &&
    (atom.nonResourceURLs ?? []).every((path) => (held.nonResourceURLs ?? []).some((own) => coversPath(own, path)))
  );
}

function hasAll(held: readonly string[] | undefined, wanted: readonly string[] | undefined, star: boolean): boolean {
  if (star && held?.includes("*")) return true;
  return (wanted ?? []).every((one) => held?.includes(one) ?? false);
}

/** A subresource of all kinds is written with a star before its slash. */
function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes("*") || held.includes(resource)) return true;
  const slash = resource.indexOf("/");
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
}

const coversPath = (held: string, path: string): boolean =>
  held === path || (held.endsWith("*") && path.startsWith(held.replace(/\*+$/, "")));

/** Rules that differ in their verbs only become one, for people to read. */
function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const others: PolicyRule[] = [];
  const byResource = new Map<string, PolicyRule>();
  for (const rule of rules) {
    if (rule.nonResourceURLs) {
      others.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.apiGroups, rule.resources, rule.resourceNames]);
    const known = byResource.get(key);
    byResource.set(key, known ? { ...known, verbs: [...known.verbs, ...rule.verbs] } : rule);
  }
  return [...others, ...byResource.values()];
}

const listed = (values: readonly string[]): string => `[${values.map((value) => JSON.stringify(value)).join(" ")}]`;

/** One line a rule, as upstream writes and sorts them. */
export function describeRules(rules: readonly PolicyRule[]): string {
  const lines = compact(rules).map((rule) => {
    const parts: [string, readonly string[] | undefined][] = [
      ["APIGroups", rule.apiGroups],
      ["Resources", rule.resources],
      ["NonResourceURLs", rule.nonResourceURLs],
      ["ResourceNames", rule.resourceNames],
      ["Verbs", rule.verbs],
    ];
    const shown = parts.flatMap(([name, values]) => (values?.length ? [`${name}:${listed(values)}`] : []));
    return `{${shown.join(", ")}}`;
  });
  return [...new Set(lines)].sort().join("\n");
}

/** The groups of a user as upstream prints them. */
export const describeGroups = listed;
