/**
 * Kubelets write only their own node and the pods bound to it.
 * https://kubernetes.io/docs/reference/access-authn-authz/admission-controllers/#noderestriction
 */
import { resources } from "#api/gen/resources.ts";
import type { Node, Pod } from "#api/types/core/v1";
import { forbiddenRequest, type StatusError } from "#pkg/apimachinery/status-error.ts";
import { nodeNameOf } from "../../authz/node/authorizer.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import type { AdmissionPluginFactory, AdmissionRequest } from "../plugin.ts";
import { forbiddenLabels } from "./labels.ts";

export const nodeRestriction: AdmissionPluginFactory = ({ reader }) => ({
  name: "NodeRestriction",
  handles: ({ user }) => nodeNameOf(user) !== undefined,
  admit(request) {
    const node = nodeNameOf(request.user) as string;
    const { def } = request.resource;
    switch (`${def.plural}.${def.group}`) {
      case "pods.":
        return admitPod(request, node, reader);
      case "nodes.":
        return admitNode(request, node);
      case "leases.coordination.k8s.io":
        return admitOwn(
          request,
          node,
          request.operation === "CREATE" ? request.object?.metadata.name : request.name,
          "lease",
        );
      case "csinodes.storage.k8s.io":
        return admitOwn(
          request,
          node,
          request.operation === "CREATE" ? request.object?.metadata.name : request.name,
          "CSINode",
        );
      default:
        return undefined;
    }
  },
});

const refuse = ({ resource, name }: AdmissionRequest, why: string): StatusError =>
  forbiddenRequest(resource.groupResource, name, why);

function admitOwn(request: AdmissionRequest, node: string, name: string | undefined, what: string): void {
  if (name !== node)
    throw refuse(
      request,
      `node ${JSON.stringify(node)} is not allowed to modify ${what} ${JSON.stringify(name ?? "")}`,
    );
}

async function admitPod(request: AdmissionRequest, node: string, reader: ObjectReader): Promise<void> {
  const { operation, subresource } = request;
  if (subresource === "" && operation === "CREATE") return admitMirrorPod(request, node);
  if (subresource === "eviction") {
    const pod = await reader.get(resources.pods, request.namespace, request.name);
    ensureBound(request, pod as Pod | undefined, node, "evict");
    return;
  }
  if ((subresource === "" && operation === "DELETE") || (subresource === "status" && operation === "UPDATE")) {
    ensureBound(request, request.old as Pod | undefined, node, operation === "DELETE" ? "delete" : "update status for");
    return;
  }
  if (subresource === "status") return;
  if (operation !== "CONNECT")
    throw refuse(
      request,
      `unexpected operation ${JSON.stringify(operation)}, node ${JSON.stringify(node)} can only create and delete mirror pods`,
    );
}

function ensureBound(request: AdmissionRequest, pod: Pod | undefined, node: string, action: string): void {
  if (pod?.spec?.nodeName === node) return;
  throw refuse(request, `node ${JSON.stringify(node)} can only ${action} pods with spec.nodeName set to itself`);
}

function admitMirrorPod(request: AdmissionRequest, node: string): void {
  const pod = request.object as Pod;
  if (!Object.hasOwn(pod.metadata?.annotations ?? {}, "kubernetes.io/config.mirror")) {
    throw refuse(
      request,
      `pod does not have "kubernetes.io/config.mirror" annotation, node ${JSON.stringify(node)} can only create mirror pods`,
    );
  }
  if (pod.spec?.nodeName !== node) {
    throw refuse(request, `node ${JSON.stringify(node)} can only create pods with spec.nodeName set to itself`);
  }
  const owners = pod.metadata?.ownerReferences ?? [];
  const owner = owners[0];
  if (owners.length > 1 || (owner && (owner.kind !== "Node" || owner.name !== node))) {
    throw refuse(request, `node ${JSON.stringify(node)} can only create pods with an owner reference set to itself`);
  }
  if (pod.spec?.serviceAccountName) {
    throw refuse(request, `node ${JSON.stringify(node)} can not create pods that reference a service account`);
  }
}

function admitNode(request: AdmissionRequest, node: string): void {
  const { operation, object, old } = request;
  const name = operation === "CREATE" ? object?.metadata.name : request.name;
  if (name !== node)
    throw refuse(request, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name ?? "")}`);

  if (operation === "CREATE" && (object as Node).spec?.configSource)
    throw refuse(request, `node ${JSON.stringify(node)} is not allowed to create pods with a non-nil configSource`);
  const bad = forbiddenLabels(object?.metadata.labels ?? {}, old?.metadata.labels ?? {});
  if (bad.length > 0)
    throw refuse(
      request,
      `node ${JSON.stringify(node)} is not allowed to ${operation === "CREATE" ? "set" : "modify"} the following labels: ${bad.join(", ")}`,
    );
  if (operation === "UPDATE" && !sameTaints(object as Node, old as Node))
    throw refuse(request, `node ${JSON.stringify(node)} is not allowed to modify taints`);
}

const sameTaints = (a: Node, b: Node): boolean =>
  JSON.stringify(a.spec?.taints ?? []) === JSON.stringify(b.spec?.taints ?? []);
