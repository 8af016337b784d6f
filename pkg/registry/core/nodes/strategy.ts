import type { Node } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";

export const nodes: Strategy<Node> = {
  storagePrefix: "minions",
  applyDefaults({ status }) {
    if (status?.capacity && !status.allocatable) status.allocatable = { ...status.capacity };
  },
  fields: { "spec.unschedulable": (node) => String(node.spec.unschedulable ?? false) },
};
