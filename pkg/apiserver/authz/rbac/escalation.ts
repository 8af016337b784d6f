/**
 * Nobody grants what they do not have: who writes a role must hold all its rules, and who binds one too, unless they may
 * `escalate` or `bind` it. https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
 */
import { resources } from "#api/gen/resources.ts";
import type { ClusterRole, PolicyRule, Role, RoleBinding } from "#api/types/rbac.authorization.k8s.io/v1";
import { sameJson } from "#pkg/apimachinery/json.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { forbiddenRequest, notFound } from "#pkg/apimachinery/status-error.ts";
import type { AdmissionPlugin, AdmissionRequest } from "../../admission/plugin.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import type { Authorizer } from "../authorizer.ts";
import { describeGroups, describeRules, notCovered } from "./coverage.ts";
import type { RbacPolicy } from "./policy.ts";

const group = "rbac.authorization.k8s.io";
const kinds = new Set(["roles", "clusterroles", "rolebindings", "clusterrolebindings"]);

export interface EscalationServices {
  readonly policy: RbacPolicy;
  readonly authorizer: Authorizer;
  readonly reader: ObjectReader;
}

const everything: readonly PolicyRule[] = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
];

/** Not one of upstream's admission plugins: it is always on. */
export function escalationGuard(services: EscalationServices): AdmissionPlugin {
  return {
    name: "privilege escalation",
    handles: ({ operation, subresource, resource: { def } }) =>
      (operation === "CREATE" || operation === "UPDATE") &&
      subresource === "" &&
      def.group === group &&
      kinds.has(def.plural),
    async validate(request) {
      if (request.user.groups.includes("system:masters")) return;
      if (request.old && changesForCollectorOnly(request.object as KubeObject, request.old)) return;
      if (request.resource.def.plural.endsWith("roles")) await checkRole(request, services);
      else await checkBinding(request, services);
    },
  };
}

/** The garbage collector lets go of objects without having what they grant. */
function changesForCollectorOnly(next: Readonly<KubeObject>, old: Readonly<KubeObject>): boolean {
  const rest = ({ metadata, ...members }: Readonly<KubeObject>) => {
    const { ownerReferences: _, finalizers: _f, managedFields: _m, resourceVersion: _v, ...others } = metadata;
    return { ...members, metadata: others };
  };
  return sameJson(rest(next), rest(old));
}

async function checkRole(request: AdmissionRequest, services: EscalationServices): Promise<void> {
  const { plural } = request.resource.def;
  const isNew = request.operation === "CREATE";
  const { namespace } = request;
  if (await isAllowed(request, services, "escalate", { plural, namespace, name: isNew ? "" : request.name })) return;
  const role = request.object as Role & ClusterRole;
  const refusal = missingFor(request, services, role.rules ?? []);
  if (refusal) throw refused(request, refusal);
  if (!aggregates(role) && !aggregates(request.old as ClusterRole | undefined)) return;
  // What it will gather is not known.
  if (missingFor(request, services, everything)) {
    throw refused(request, "must have cluster-admin privileges to use the aggregationRule");
  }
}

const aggregates = (role: Readonly<ClusterRole> | undefined): boolean =>
  (role?.aggregationRule?.clusterRoleSelectors?.length ?? 0) > 0;

async function checkBinding(request: AdmissionRequest, services: EscalationServices): Promise<void> {
  const { kind, name } = (request.object as RoleBinding).roleRef;
  const { namespace } = request;
  const plural = kind === "Role" ? "roles" : "clusterroles";
  if (await isAllowed(request, services, "bind", { plural, namespace, name })) return;
  const { reader } = services;
  const role =
    kind === "Role"
      ? await reader.getLatest(resources.roles, namespace, name)
      : await reader.getLatest(resources.clusterroles, "", name);
  if (!role) throw notFound({ group, resource: plural }, name);
  const refusal = missingFor(request, services, role.rules ?? []);
  if (refusal) throw refused(request, refusal);
}

async function isAllowed(
  { user }: AdmissionRequest,
  { authorizer }: EscalationServices,
  verb: "escalate" | "bind",
  of: { readonly plural: string; readonly namespace: string; readonly name: string },
): Promise<boolean> {
  const resource = { group, version: "*", subresource: "", ...of };
  return (await authorizer.authorize({ user, verb, resource, path: "" })).outcome === "allow";
}

/** What the user does not have of these rules, in upstream's words; undefined when nothing is missing. */
function missingFor(
  { user, namespace }: AdmissionRequest,
  { policy }: EscalationServices,
  rules: readonly PolicyRule[],
): string | undefined {
  const { everywhere, byNamespace, missing } = policy.grantsOf(user);
  const held = [...everywhere, ...(namespace ? (byNamespace.get(namespace) ?? []) : [])].map(({ source }) => source);
  const lacking = notCovered(held, rules);
  if (lacking.length === 0) return undefined;
  const who = `user ${JSON.stringify(user.name)} (groups=${describeGroups(user.groups)})`;
  const texts = [...(missing.get("") ?? []), ...(namespace ? (missing.get(namespace) ?? []) : [])];
  const unresolved =
    texts.length === 0 ? "" : `; resolution errors: [${texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`}]`;
  return `${who} is attempting to grant RBAC permissions not currently held:\n${describeRules(lacking)}${unresolved}`;
}

const refused = ({ resource, name }: AdmissionRequest, why: string) =>
  forbiddenRequest(resource.groupResource, name, why);
