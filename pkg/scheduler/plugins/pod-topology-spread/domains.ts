/** How many domains a constraint spreads over: found anew only for pods that look at nodes in a way of their own. */
import type { ClusterView, NodeInfo, PodInfo } from "../../cache/types.ts";
import { type Constraint, hasKeys, nodeCounts } from "./constraints.ts";

/** Pods choose their keys freely: beyond this, everything known is forgotten. */
const knownMax = 1000;

interface Known {
  readonly version: number;
  /** By the constraint's key and all keys that a node must have. */
  readonly counts: Map<string, number>;
}

const knownOf = new WeakMap<ClusterView, Known>();

/** `all`: the constraints of the pod, whose keys a node must have to count. */
export function countDomains(
  constraint: Constraint,
  all: readonly Constraint[],
  pod: PodInfo,
  cluster: ClusterView,
): number {
  if (looksAtNodes(constraint, pod)) {
    return distinct(cluster.nodes, constraint, (node) => hasKeys(all, node) && nodeCounts(constraint, pod, node));
  }
  const keys = JSON.stringify([constraint.topologyKey, ...all.map(({ topologyKey }) => topologyKey)]);
  const { counts } = knownFor(cluster);
  let count = counts.get(keys);
  if (count === undefined) {
    count = distinct(cluster.nodes, constraint, (node) => hasKeys(all, node));
    if (counts.size >= knownMax) counts.clear();
    counts.set(keys, count);
  }
  return count;
}

/** Whether it depends on the pod which nodes count. */
function looksAtNodes({ honorAffinity, honorTaints }: Constraint, { pod }: PodInfo): boolean {
  const { nodeSelector, affinity } = pod.spec;
  const selects = nodeSelector !== undefined || affinity?.nodeAffinity !== undefined;
  return honorTaints || (honorAffinity && selects);
}

function knownFor(cluster: ClusterView): Known {
  let known = knownOf.get(cluster);
  if (known?.version !== cluster.nodesVersion) {
    known = { version: cluster.nodesVersion, counts: new Map() };
    knownOf.set(cluster, known);
  }
  return known;
}

function distinct(
  nodes: readonly NodeInfo[],
  { topologyKey }: Constraint,
  counts: (node: NodeInfo) => boolean,
): number {
  const values = new Set<string>();
  for (const node of nodes) if (counts(node)) values.add(node.labels[topologyKey]!);
  return values.size;
}
