/**
 * What a kubelet may read and write: its own node, and what the pods bound to it refer to.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import type { PolicyRule } from "#api/types/rbac.authorization.k8s.io/v1";
import { parseFieldSelector } from "#pkg/apimachinery/fields/index.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import {
  type Attributes,
  type Authorizer,
  allow,
  type Decision,
  noOpinion,
  type ResourceAttributes,
} from "../authorizer.ts";
import { compileRule, ruleAllows } from "../rbac/rules.ts";
import { refersTo } from "./references.ts";

const nodeUserPrefix = "system:node:";

/** The node that a user is, or undefined for any other user. */
export function nodeNameOf(user: RequestUser): string | undefined {
  if (!user.name.startsWith(nodeUserPrefix) || !user.groups.includes("system:nodes")) return undefined;
  return user.name.slice(nodeUserPrefix.length);
}

const readVerbs = new Set(["get", "list", "watch"]);

/** `nodeRules`: what every node may do where no object of its own is asked for, the rules of the role `system:node`. */
export function nodeAuthorizer(reader: ObjectReader, nodeRules: readonly PolicyRule[]): Authorizer {
  const rules = nodeRules.map(compileRule);
  const byRules = (attributes: Attributes): Decision =>
    rules.some((rule) => ruleAllows(rule, attributes)) ? allow() : noOpinion();
  return {
    name: "Node",
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return noOpinion();
      const { resource, verb } = attributes;
      if (!resource) return byRules(attributes);
      switch (`${resource.plural}.${resource.group}`) {
        case "secrets.":
        case "configmaps.":
        case "persistentvolumeclaims.":
        case "persistentvolumes.":
        case "resourceclaims.resource.k8s.io":
          return authorizeReference(attributes, resource, node, reader);
        case "volumeattachments.storage.k8s.io":
          return verb === "get" ? authorizeAttachment(resource, node, reader) : noOpinion();
        case "serviceaccounts.":
          return authorizeServiceAccount(attributes, resource, node, reader);
        case "leases.coordination.k8s.io":
          return authorizeLease(verb, resource, node);
        case "csinodes.storage.k8s.io":
          return authorizeOwn(verb, resource, node, "CSINode");
        case "pods.":
          return authorizePods(attributes, resource, node, reader) ?? byRules(attributes);
        case "nodes.":
          return authorizeNodes(attributes, resource, node) ?? byRules(attributes);
        case "resourceslices.resource.k8s.io":
          return authorizeSlices(attributes, resource, node, reader);
        default:
          return byRules(attributes);
      }
    },
  };
}

async function authorizeReference(
  { verb }: Attributes,
  resource: ResourceAttributes,
  node: string,
  reader: ObjectReader,
): Promise<Decision> {
  const statusOfClaim = resource.plural === "persistentvolumeclaims" && resource.subresource === "status";
  if (!readVerbs.has(verb) && !(statusOfClaim && (verb === "update" || verb === "patch"))) {
    return noOpinion(`can only read resources of this type`);
  }
  if (resource.subresource !== "" && !statusOfClaim) return noOpinion("cannot read subresource");
  if (resource.name === "") return noOpinion(`No Object name found`);
  const pods = await podsOn(node, reader);
  for (const pod of pods) if (await refersTo(pod, resource, reader)) return allow();
  return noOpinion(`no relationship found between node '${node}' and this object`);
}

/** Undefined: the rules of all nodes decide. */
function authorizePods(
  { verb, fieldSelector }: Attributes,
  resource: ResourceAttributes,
  node: string,
  reader: ObjectReader,
): Decision | Promise<Decision> | undefined {
  if (resource.subresource !== "") return undefined;
  if (verb === "get") return authorizePod(resource, node, reader);
  if (verb !== "list" && verb !== "watch") return undefined;
  return selects(fieldSelector, "spec.nodeName", node)
    ? allow()
    : noOpinion("can only list/watch pods with spec.nodeName field selector");
}

async function authorizePod(resource: ResourceAttributes, node: string, reader: ObjectReader): Promise<Decision> {
  const pod = await reader.get(resources.pods, resource.namespace, resource.name);
  if (pod?.spec?.nodeName === node) return allow();
  return noOpinion(`no relationship found between node '${node}' and this object`);
}

function authorizeNodes({ verb }: Attributes, resource: ResourceAttributes, node: string): Decision | undefined {
  if (!readVerbs.has(verb) || resource.subresource !== "" || resource.name === node) return undefined;
  return noOpinion(`node '${node}' cannot read '${resource.name}', only its own Node object`);
}

async function authorizeSlices(
  { verb, fieldSelector }: Attributes,
  resource: ResourceAttributes,
  node: string,
  reader: ObjectReader,
): Promise<Decision> {
  if (resource.subresource !== "") return noOpinion("cannot access subresource");
  if (verb === "create") return allow();
  if (verb === "list" || verb === "watch" || verb === "deletecollection") {
    return selects(fieldSelector, "spec.nodeName", node)
      ? allow()
      : noOpinion("can only list/watch/deletecollection resourceslices with spec.nodeName field selector");
  }
  if (!ownVerbs.has(verb)) return noOpinion("can only create, get, update, patch, or delete a ResourceSlice");
  const slice = await reader.get(resources.resourceslices, "", resource.name);
  if (slice?.spec.nodeName === node) return allow();
  return noOpinion(`no relationship found between node '${node}' and this object`);
}

/** Whether a selector keeps only what has this value in this field. */
function selects(selector: string | undefined, field: string, value: string): boolean {
  if (!selector) return false;
  try {
    return parseFieldSelector(selector).exact[field] === value;
  } catch {
    return false;
  }
}

const podsOn = (node: string, reader: ObjectReader): Promise<Pod[]> =>
  reader.list(resources.pods, "", { "spec.nodeName": node }) as Promise<Pod[]>;

async function authorizeAttachment(
  resource: ResourceAttributes,
  node: string,
  reader: ObjectReader,
): Promise<Decision> {
  const attachment = await reader.get(resources.volumeattachments, "", resource.name);
  if (attachment?.spec.nodeName === node) return allow();
  return noOpinion(`no relationship found between node '${node}' and this object`);
}

/** Tokens are issued only for the service accounts of pods on the node. */
async function authorizeServiceAccount(
  { verb }: Attributes,
  resource: ResourceAttributes,
  node: string,
  reader: ObjectReader,
): Promise<Decision> {
  const wantsToken = verb === "create" && resource.subresource === "token";
  if (!wantsToken && verb !== "get") return noOpinion("can only create tokens for individual service accounts");
  const pods = await podsOn(node, reader);
  const used = pods.some(
    (pod) => pod.metadata?.namespace === resource.namespace && pod.spec?.serviceAccountName === resource.name,
  );
  return used ? allow() : noOpinion(`no relationship found between node '${node}' and this object`);
}

function authorizeLease(verb: string, resource: ResourceAttributes, node: string): Decision {
  if (resource.namespace !== "kube-node-lease")
    return noOpinion('can only access leases in the "kube-node-lease" system namespace');
  return authorizeOwn(verb, resource, node, "lease");
}

const ownVerbs = new Set(["get", "create", "update", "patch", "delete"]);

function authorizeOwn(verb: string, resource: ResourceAttributes, node: string, what: string): Decision {
  if (!ownVerbs.has(verb)) return noOpinion(`can only get, create, update, patch, or delete a ${what}`);
  // The name of an object that is being created may be in its body only; NodeRestriction looks there.
  if (verb === "create" && resource.name === "") return allow();
  return resource.name === node
    ? allow()
    : noOpinion(`can only access ${what} with the same name as the requesting node`);
}
