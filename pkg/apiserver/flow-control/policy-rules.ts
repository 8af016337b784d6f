/** The rules of FlowSchemas, made ready for many requests: the page "API Priority and Fairness" of the documentation. */
import type {
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
  Subject,
} from "#api/types/flowcontrol.apiserver.k8s.io/v1";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { RequestInfo, ResourceRequest } from "../http/request-info.ts";

/** Undefined: any. */
type Wanted = ReadonlySet<string> | undefined;

const wantedOf = (values: readonly string[] | undefined): Wanted =>
  values?.length === 1 && values[0] === "*" ? undefined : new Set(values);

const isWanted = (wanted: Wanted, value: string): boolean => wanted === undefined || wanted.has(value);

export interface ResourceRule {
  readonly verbs: Wanted;
  readonly groups: Wanted;
  /** Subresources as `pods/log`. */
  readonly resources: Wanted;
  readonly namespaces: Wanted;
  /** Takes requests that are in no namespace. */
  readonly clusterScope: boolean;
}

export interface PathRule {
  readonly verbs: Wanted;
  readonly paths: Wanted;
  /** Each ends in a slash. */
  readonly prefixes: readonly string[];
}

/** What the subjects of one entry of `spec.rules` may ask for. */
export interface Rules {
  readonly subjects: Subjects;
  readonly resources: readonly ResourceRule[];
  readonly paths: readonly PathRule[];
}

export const prepareRules = ({
  subjects,
  resourceRules,
  nonResourceRules,
}: Readonly<PolicyRulesWithSubjects>): Rules => ({
  subjects: new Subjects(subjects ?? []),
  resources: (resourceRules ?? []).map(resourceRule),
  paths: (nonResourceRules ?? []).map(pathRule),
});

const resourceRule = (rule: ResourcePolicyRule): ResourceRule => ({
  verbs: wantedOf(rule.verbs),
  groups: wantedOf(rule.apiGroups),
  resources: wantedOf(rule.resources),
  namespaces: wantedOf(rule.namespaces),
  clusterScope: rule.clusterScope ?? false,
});

/** A path of a rule stands for itself and, with or without a star, for what is below it. */
function pathRule({ verbs, nonResourceURLs = [] }: NonResourcePolicyRule): PathRule {
  const prefixes = nonResourceURLs.map((path) => path.replace(/\*$/, "")).map((p) => (p.endsWith("/") ? p : `${p}/`));
  return {
    verbs: wantedOf(verbs),
    paths: nonResourceURLs.includes("*") ? undefined : new Set(nonResourceURLs),
    prefixes,
  };
}

export function takesResource(rules: readonly ResourceRule[], request: ResourceRequest): boolean {
  const { verb, group, namespace, plural, subresource } = request;
  for (const rule of rules) {
    if (!isWanted(rule.verbs, verb) || !isWanted(rule.groups, group)) continue;
    if (namespace === "" ? !rule.clusterScope : !isWanted(rule.namespaces, namespace)) continue;
    if (rule.resources === undefined) return true;
    if (rule.resources.has(subresource === "" ? plural : `${plural}/${subresource}`)) return true;
  }
  return false;
}

export function takesPath(rules: readonly PathRule[], { method, path }: RequestInfo): boolean {
  for (const { verbs, paths, prefixes } of rules) {
    if (verbs !== undefined && !verbs.has(method.toLowerCase())) continue;
    if (paths === undefined || paths.has(path)) return true;
    for (const prefix of prefixes) if (path.startsWith(prefix)) return true;
  }
  return false;
}

const accountPrefix = "system:serviceaccount:";

/** Users, groups and service accounts, of which one must be the client. */
export class Subjects {
  readonly #users = new Set<string>();
  readonly #groups = new Set<string>();
  readonly #accountPrefixes: string[] = [];

  constructor(subjects: readonly Subject[]) {
    for (const { kind, user, group, serviceAccount } of subjects) {
      if (kind === "User" && user?.name !== undefined) this.#users.add(user.name);
      if (kind === "Group" && group?.name !== undefined) this.#groups.add(group.name);
      if (kind !== "ServiceAccount" || !serviceAccount) continue;
      const { namespace = "", name = "" } = serviceAccount;
      if (name === "*") this.#accountPrefixes.push(`${accountPrefix}${namespace}:`);
      else this.#users.add(`${accountPrefix}${namespace}:${name}`);
    }
  }

  include({ name, groups }: RequestUser): boolean {
    if (this.#users.has(name) || this.#users.has("*") || this.#groups.has("*")) return true;
    for (const group of groups) if (this.#groups.has(group)) return true;
    for (const prefix of this.#accountPrefixes) if (name.startsWith(prefix)) return true;
    return false;
  }
}
