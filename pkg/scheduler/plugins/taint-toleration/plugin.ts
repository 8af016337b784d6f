import type { Toleration } from "#api/types/core/v1";
import { firstUntolerated, isTolerated } from "#pkg/apimachinery/placement/tolerations.ts";
import { definePlugin } from "../../framework/plugin.ts";
import { ok, unresolvable } from "../../framework/verdict.ts";

const hardEffects = ["NoSchedule", "NoExecute"];

const isSoft = (toleration: Toleration) => !toleration.effect || toleration.effect === "PreferNoSchedule";

/** Keeps pods off nodes whose NoSchedule/NoExecute taints they do not tolerate, and prefers nodes with fewer PreferNoSchedule ones. */
export const taintToleration = definePlugin<undefined, readonly Toleration[]>({
  name: "TaintToleration",
  filter(pod, node) {
    const taint = firstUntolerated(node.taints, pod.tolerations, hardEffects);
    if (!taint) return ok;
    return unresolvable(`node(s) had untolerated taint {${taint.key}: ${taint.value ?? ""}}`);
  },
  preScore(pod, nodes) {
    const softTaints = nodes.some((node) => node.taints.some((taint) => taint.effect === "PreferNoSchedule"));
    return softTaints ? { state: pod.tolerations.filter(isSoft) } : { skip: true };
  },
  score: (_, node, tolerations) =>
    node.taints.filter((taint) => taint.effect === "PreferNoSchedule" && !isTolerated(taint, tolerations)).length,
  normalize: "reverse",
  requeueOn: (_, event) =>
    event.kind === "nodeAdded" ||
    event.kind === "selfUpdated" ||
    (event.kind === "nodeUpdated" && event.changed.has("taints")),
});
