/**
 * What a kubelet may read and write: its own node, and what the pods bound to it refer to.
 * https://kubernetes.io/docs/reference/access-authn-authz/node/
 */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
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
import { refersTo } from "./references.ts";

const nodeUserPrefix = "system:node:";

/** The node that a user is, or undefined for any other user. */
export function nodeNameOf(user: RequestUser): string | undefined {
  if (!user.name.startsWith(nodeUserPrefix) || !user.groups.includes("system:nodes")) return undefined;
  return user.name.slice(nodeUserPrefix.length);
}

const readVerbs = new Set(["get", "list", "watch"]);

export function nodeAuthorizer(reader: ObjectReader): Authorizer {
  return {
    name: "Node",
    authorize(attributes) {
      const node = nodeNameOf(attributes.user);
      if (node === undefined) return noOpinion();
      const { resource, verb } = attributes;
      if (!resource) return noOpinion();
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
        default:
          return noOpinion();
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
