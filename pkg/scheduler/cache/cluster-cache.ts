/**
 * The scheduler's picture of the cluster: nodes with their pods, and pods that were bound a moment ago and have not
 * come back through the watch yet (assumed). It is only ever changed between cycles or by the cycle itself.
 */
import type { Node, Pod } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { regionLabel, zoneLabel } from "#pkg/apimachinery/placement/topology.ts";
import { ClaimUsers } from "./claim-users.ts";
import { type ClusterSums, NodeState } from "./node-state.ts";
import { PodGroups } from "./pod-groups.ts";
import { podInfoOf } from "./pod-info.ts";
import type { ClusterView, NodeInfo, PodGroup, PodInfo } from "./types.ts";

interface Placement {
  readonly nodeName: string;
  readonly uid: string;
  /** Assumed by us, not yet seen on the watch. */
  assumed: boolean;
}

export class ClusterCache implements ClusterView {
  readonly #nodes = new Map<string, NodeState>();
  /** Nodes that some pod names but that do not exist (yet): their pods are kept so that sums are right once they do. */
  readonly #ghosts = new Map<string, NodeState>();
  readonly #placements = new Map<string, Placement>();
  readonly #imageHolders = new Map<string, number>();
  readonly #namespaces = new Map<string, Readonly<Record<string, string>>>();
  readonly #groups = new PodGroups();
  readonly #claimUsers = new ClaimUsers();
  readonly #sums: ClusterSums = { groups: this.#groups, claimUsers: this.#claimUsers };
  #list: NodeState[] | undefined;
  nodesVersion = 0;
  affinityPodCount = 0;
  requiredAntiAffinityPodCount = 0;

  /** In round-robin order over zones, so that a search that stops early has seen every zone. */
  get nodes(): readonly NodeInfo[] {
    this.#list ??= interleaveZones([...this.#nodes.values()]);
    return this.#list;
  }

  nodeNamed(name: string): NodeState | undefined {
    return this.#nodes.get(name);
  }

  get podGroups(): Iterable<PodGroup> {
    return this.#groups.all;
  }

  get affinityGroups(): Iterable<PodGroup> {
    return this.#groups.withAffinity;
  }

  nodesWithImage(name: string): number {
    return this.#imageHolders.get(name) ?? 0;
  }

  claimUsers(key: string): number {
    return this.#claimUsers.of(key);
  }

  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined {
    return this.#namespaces.get(name);
  }

  setNamespace(name: string, labels: Readonly<Record<string, string>>): void {
    this.#namespaces.set(name, labels);
  }

  removeNamespace(name: string): void {
    this.#namespaces.delete(name);
  }

  setNode(node: Readonly<Node>): void {
    const name = node.metadata.name!;
    let state = this.#nodes.get(name);
    if (state) {
      this.#countImages(state, -1);
      if (zoneOf(state.node) !== zoneOf(node)) this.#list = undefined;
      state.setNode(node);
    } else {
      state = this.#ghosts.get(name) ?? new NodeState(name, node, this.#sums);
      this.#ghosts.delete(name);
      state.setNode(node);
      state.exists = true;
      this.#nodes.set(name, state);
      this.#list = undefined;
    }
    this.nodesVersion++;
    this.#countImages(state, 1);
  }

  removeNode(name: string): void {
    const state = this.#nodes.get(name);
    if (!state) return;
    this.#countImages(state, -1);
    this.#nodes.delete(name);
    state.exists = false;
    this.nodesVersion++;
    this.#list = undefined;
    if (state.pods.size > 0) this.#ghosts.set(name, state);
  }

  /** A pod with a node came or changed: the watch is the truth and replaces what was assumed. */
  setPod(pod: Readonly<Pod>): void {
    this.removePod(keyOf(pod));
    this.#place(podInfoOf(pod), pod.spec.nodeName!, false);
  }

  removePod(key: string): void {
    const placement = this.#placements.get(key);
    if (!placement) return;
    this.#placements.delete(key);
    const state = this.#nodes.get(placement.nodeName) ?? this.#ghosts.get(placement.nodeName);
    const info = state?.removePod(key);
    if (info) this.#countAffinity(info, -1);
    if (state && state.pods.size === 0) this.#ghosts.delete(placement.nodeName);
  }

  /** Counts a pod on a node before the API server has heard of it. */
  assume(pod: PodInfo, nodeName: string): void {
    this.#place(pod, nodeName, true);
  }

  /** Takes back an assumption; does nothing once the watch has confirmed the pod. */
  forget(key: string, uid: string): void {
    const placement = this.#placements.get(key);
    if (placement?.assumed && placement.uid === uid) this.removePod(key);
  }

  isPlaced(key: string): boolean {
    return this.#placements.has(key);
  }

  isAssumed(key: string): boolean {
    return this.#placements.get(key)?.assumed ?? false;
  }

  #place(pod: PodInfo, nodeName: string, assumed: boolean): void {
    let state = this.#nodes.get(nodeName) ?? this.#ghosts.get(nodeName);
    if (!state) {
      state = new NodeState(nodeName, { metadata: { name: nodeName }, spec: {} }, this.#sums);
      this.#ghosts.set(nodeName, state);
    }
    state.addPod(pod);
    this.#countAffinity(pod, 1);
    this.#placements.set(pod.key, { nodeName, uid: pod.uid, assumed });
  }

  #countAffinity(pod: PodInfo, sign: 1 | -1): void {
    if (pod.hasAffinity) this.affinityPodCount += sign;
    if (pod.hasRequiredAntiAffinity) this.requiredAntiAffinityPodCount += sign;
  }

  #countImages(state: NodeState, sign: 1 | -1): void {
    for (const name of state.images.keys()) {
      const count = (this.#imageHolders.get(name) ?? 0) + sign;
      if (count > 0) this.#imageHolders.set(name, count);
      else this.#imageHolders.delete(name);
    }
  }
}

function zoneOf(node: Readonly<Node>): string {
  const labels = node.metadata.labels ?? {};
  return `${labels[regionLabel] ?? ""}/${labels[zoneLabel] ?? ""}`;
}

function interleaveZones(nodes: NodeState[]): NodeState[] {
  const zones = Map.groupBy(nodes, (state) => zoneOf(state.node));
  if (zones.size < 2) return nodes;
  const rows = [...zones.values()];
  const out: NodeState[] = [];
  for (let column = 0; out.length < nodes.length; column++) {
    for (const row of rows) {
      const state = row[column];
      if (state) out.push(state);
    }
  }
  return out;
}
