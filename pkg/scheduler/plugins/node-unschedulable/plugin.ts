import { isTolerated } from "#pkg/apimachinery/placement/tolerations.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable } from "../../framework/verdict.ts";

const cordoned = { key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" } as const;

/** Keeps pods off cordoned nodes, unless they tolerate the taint that cordoning stands for. */
export const nodeUnschedulable = definePlugin({
  name: "NodeUnschedulable",
  filter: (pod, { node }) =>
    node.spec.unschedulable && !isTolerated(cordoned, pod.tolerations)
      ? unresolvable("node(s) were unschedulable")
      : ok,
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "selfUpdated" ||
    (event.kind === "nodeUpdated" && (event.changed.has("unschedulable") || event.changed.has("taints"))),
});
