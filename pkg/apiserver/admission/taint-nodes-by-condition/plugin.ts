/** A new node takes no pods until its kubelet has said that it is ready. */
import type { Node } from "#api/types/core/v1";
import { type AdmissionPluginFactory, isResource } from "../plugin.ts";

const key = "node.kubernetes.io/not-ready";

export const taintNodesByCondition: AdmissionPluginFactory = () => ({
  name: "TaintNodesByCondition",
  handles: (request) => request.operation === "CREATE" && isResource(request, "", "nodes"),
  admit({ object }) {
    const node = object as Node;
    node.spec ??= {};
    if (node.spec.taints?.some((t) => t.key === key && t.effect === "NoSchedule")) return;
    node.spec.taints = [...(node.spec.taints ?? []), { key, effect: "NoSchedule" }];
  },
});
