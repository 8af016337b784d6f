import type { Node } from "#api/types/core/v1";
import { age, type Cells, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";

export const nodeCells: Cells<Node> = (node, now) => {
  const info = node.status?.nodeInfo;
  return [
    nameOf(node),
    statusOf(node),
    orNone(rolesOf(node).join(",")),
    age(node, now),
    info?.kubeletVersion ?? "",
    orNone(addressOf(node, "InternalIP")),
    orNone(addressOf(node, "ExternalIP")),
    info?.osImage || "<unknown>",
    info?.kernelVersion || "<unknown>",
    info?.containerRuntimeVersion || "<unknown>",
  ];
};

function statusOf(node: Node): string {
  const ready = node.status?.conditions?.find((c) => c.type === "Ready");
  const status = ready === undefined ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return node.spec?.unschedulable ? `${status},SchedulingDisabled` : status;
}

const rolePrefix = "node-role.kubernetes.io/";

function rolesOf(node: Node): string[] {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(node.metadata.labels ?? {})) {
    const role = key.startsWith(rolePrefix) ? key.slice(rolePrefix.length) : key === "kubernetes.io/role" ? value : "";
    if (role !== "") roles.add(role);
  }
  return [...roles].sort();
}

const addressOf = (node: Node, type: string): string | undefined =>
  node.status?.addresses?.find((a) => a.type === type)?.address;
