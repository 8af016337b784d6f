import { amount } from "../../cache/resources.ts";
import type { NodeInfo, PodInfo } from "../../cache/types.ts";
import { definePlugin } from "../../framework/plugin.ts";

/**
 * Prefers nodes whose CPU and memory would be used in like proportion, so that neither is stranded. The score is how
 * much the pod evens out the node, around 50 (KEP-4247: the difference it makes, not the state it leaves).
 */
export const nodeResourcesBalancedAllocation = definePlugin({
  name: "NodeResourcesBalancedAllocation",
  preScore: (pod) => ({ skip: pod.requests.cpuMillis === 0 && pod.requests.memoryBytes === 0 }),
  score(pod, node) {
    const after = balance(node, pod);
    const before = balance(node, undefined);
    return Math.floor(50 + (after - before) / 2);
  },
  normalize: "none",
});

/** 100 when both resources are used in the same proportion, 0 when one is full and the other free. */
function balance(node: NodeInfo, pod: PodInfo | undefined): number {
  const share = (name: "cpu" | "memory") => {
    const capacity = amount(node.allocatable, name);
    if (capacity === 0) return 1;
    const wanted = pod ? amount(pod.requests, name) : 0;
    return Math.min(1, (amount(node.requested, name) + wanted) / capacity);
  };
  // With two resources the standard deviation is half their distance.
  return (1 - Math.abs(share("cpu") - share("memory")) / 2) * 100;
}
