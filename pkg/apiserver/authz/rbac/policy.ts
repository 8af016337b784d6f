/**
 * All roles and bindings, indexed by subject. Kept current from watches; a decision touches only what binds the asking
 * user. What a user and its groups may do is resolved once and kept until any policy changes.
 */
import type {
  ClusterRole,
  ClusterRoleBinding,
  Role,
  RoleBinding,
  Subject,
} from "#api/types/rbac.authorization.k8s.io/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { type CompiledRule, compileRule } from "./rules.ts";

export type PolicyKind = "roles" | "rolebindings" | "clusterroles" | "clusterrolebindings";

/** What one user may do: everywhere, and in each namespace. */
export interface Grants {
  readonly everywhere: readonly CompiledRule[];
  readonly byNamespace: ReadonlyMap<string, readonly CompiledRule[]>;
  /** Roles that bindings of this user name and that do not exist: `namespace` (empty: everywhere) → texts. */
  readonly missing: ReadonlyMap<string, readonly string[]>;
}

type Binding = RoleBinding | ClusterRoleBinding;

const grantsMax = 4096;

export class RbacPolicy {
  readonly #objects: Record<PolicyKind, Map<string, KubeObject>> = {
    roles: new Map(),
    rolebindings: new Map(),
    clusterroles: new Map(),
    clusterrolebindings: new Map(),
  };
  readonly #bindingsBySubject = new Map<string, Set<Binding>>();
  readonly #rules = new Map<string, readonly CompiledRule[]>();
  #grants = new Map<string, Grants>();
  #grantsByUser = new WeakMap<RequestUser, Grants>();
  /** Grows with every change. */
  generation = 0;

  put(kind: PolicyKind, key: string, object: KubeObject): void {
    this.#forget(kind, key);
    this.#objects[kind].set(key, object);
    if (kind === "rolebindings" || kind === "clusterrolebindings") {
      for (const subject of subjectKeys(object as Binding)) {
        let bindings = this.#bindingsBySubject.get(subject);
        if (!bindings) {
          bindings = new Set();
          this.#bindingsBySubject.set(subject, bindings);
        }
        bindings.add(object as Binding);
      }
    }
    this.#changed();
  }

  remove(kind: PolicyKind, key: string): void {
    this.#forget(kind, key);
    this.#changed();
  }

  grantsOf(user: RequestUser): Grants {
    let grants = this.#grantsByUser.get(user);
    if (grants) return grants;
    const key = JSON.stringify([user.name, user.groups]);
    grants = this.#grants.get(key);
    if (!grants) {
      if (this.#grants.size >= grantsMax) this.#grants.clear();
      grants = this.#resolve(user);
      this.#grants.set(key, grants);
    }
    this.#grantsByUser.set(user, grants);
    return grants;
  }

  #forget(kind: PolicyKind, key: string): void {
    const object = this.#objects[kind].get(key);
    if (!object) return;
    this.#objects[kind].delete(key);
    this.#rules.delete(`${kind}/${key}`);
    if (kind !== "rolebindings" && kind !== "clusterrolebindings") return;
    for (const subject of subjectKeys(object as Binding)) {
      const bindings = this.#bindingsBySubject.get(subject);
      bindings?.delete(object as Binding);
      if (bindings?.size === 0) this.#bindingsBySubject.delete(subject);
    }
  }

  #changed(): void {
    this.generation++;
    this.#grants = new Map();
    this.#grantsByUser = new WeakMap();
  }

  #resolve(user: RequestUser): Grants {
    const everywhere: CompiledRule[] = [];
    const byNamespace = new Map<string, CompiledRule[]>();
    const missing = new Map<string, string[]>();
    const keys = [`User/${user.name}`, ...user.groups.map((g) => `Group/${g}`)];
    const seen = new Set<Binding>();
    for (const key of keys) {
      for (const binding of this.#bindingsBySubject.get(key) ?? []) {
        if (seen.has(binding)) continue;
        seen.add(binding);
        const namespace = binding.metadata?.namespace ?? "";
        const rules = this.#rulesOf(binding, namespace);
        if (typeof rules === "string") append(missing, namespace, rules);
        else if (namespace === "") everywhere.push(...rules);
        else append(byNamespace, namespace, ...rules);
      }
    }
    return { everywhere, byNamespace, missing };
  }

  /** The rules that a binding grants, or the text about the role that is missing. */
  #rulesOf({ roleRef }: Binding, namespace: string): readonly CompiledRule[] | string {
    const kind: PolicyKind = roleRef.kind === "Role" ? "roles" : "clusterroles";
    const key = kind === "roles" ? `${namespace}/${roleRef.name}` : roleRef.name;
    const role = this.#objects[kind].get(key) as Role | ClusterRole | undefined;
    if (!role) {
      const resource = kind === "roles" ? "role" : "clusterrole";
      return `${resource}.rbac.authorization.k8s.io ${JSON.stringify(roleRef.name)} not found`;
    }
    const id = `${kind}/${key}`;
    let rules = this.#rules.get(id);
    if (!rules) {
      rules = (role.rules ?? []).map(compileRule);
      this.#rules.set(id, rules);
    }
    return rules;
  }
}

function append<T>(map: Map<string, T[]>, key: string, ...values: T[]): void {
  const list = map.get(key);
  if (list) list.push(...values);
  else map.set(key, values);
}

function subjectKeys(binding: Binding): string[] {
  return (binding.subjects ?? []).map((subject) => subjectKey(subject, binding.metadata?.namespace ?? ""));
}

function subjectKey(subject: Subject, bindingNamespace: string): string {
  if (subject.kind !== "ServiceAccount") return `${subject.kind}/${subject.name}`;
  return `User/system:serviceaccount:${subject.namespace || bindingNamespace}:${subject.name}`;
}
