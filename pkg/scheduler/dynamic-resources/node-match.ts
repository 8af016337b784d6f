/** On which nodes a claim, or what a driver publishes, can be used. */
import type { NodeSelector } from "#api/types/core/v1";
import type { ResourceSliceSpec } from "#api/types/resource.k8s.io/v1";
import { type SelectableNode, termMatches } from "#pkg/apimachinery/placement/node-selector.ts";

export const selectorMatches = ({ nodeSelectorTerms }: NodeSelector, node: SelectableNode): boolean =>
  nodeSelectorTerms.some((term) => termMatches(term, node));

/** A slice that says nothing of nodes that we know is for none. */
export function isForNode({ nodeName, allNodes, nodeSelector }: ResourceSliceSpec, node: SelectableNode): boolean {
  if (nodeName) return nodeName === node.name;
  return allNodes === true || (nodeSelector !== undefined && selectorMatches(nodeSelector, node));
}
