/** What plugins see of the cluster. */
import type { Node, Pod, Taint, Toleration } from "#api/types/core/v1";
import type { PodClaim } from "#pkg/apimachinery/volumes/pod-claims.ts";
import type { Resources } from "./resources.ts";

export interface HostPort {
  readonly ip: string;
  readonly protocol: string;
  readonly port: number;
}

export interface KeyedClaim extends PodClaim {
  /** `namespace/name`. */
  readonly key: string;
}

/** A pod with what the scheduler reads from it again and again worked out once. */
export interface PodInfo {
  readonly key: string;
  readonly uid: string;
  readonly pod: Readonly<Pod>;
  readonly priority: number;
  readonly requests: Resources;
  /** Requests with assumed amounts where none are asked: for scores only. */
  readonly scoringRequests: Resources;
  readonly hostPorts: readonly HostPort[];
  readonly tolerations: readonly Toleration[];
  readonly labels: Readonly<Record<string, string>>;
  /** Whether it has inter-pod affinity terms: such pods are indexed per node. */
  readonly hasAffinity: boolean;
  readonly hasRequiredAntiAffinity: boolean;
  /** The claims behind its volumes. */
  readonly claims: readonly KeyedClaim[];
}

export interface NodeInfo {
  readonly name: string;
  readonly node: Readonly<Node>;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly allocatable: Resources;
  readonly maxPods: number;
  readonly requested: Resources;
  readonly scoringRequested: Resources;
  readonly pods: ReadonlyMap<string, PodInfo>;
  /** The pods among `pods` with inter-pod affinity terms. */
  readonly affinityPods: ReadonlyMap<string, PodInfo>;
  /** False when only pods that name it are known: it can take none, and its pods count for no domain. */
  readonly exists: boolean;
  /** Image name to its size in bytes. */
  readonly images: ReadonlyMap<string, number>;
  usesPort(port: HostPort): boolean;
}

/** Placed pods that no label selector and no affinity term can tell apart. */
export interface PodGroup {
  /** One of them. */
  readonly pod: PodInfo;
  /** They are being deleted. */
  readonly leaving: boolean;
  /** How many are on which node; none is zero. */
  readonly nodes: ReadonlyMap<NodeInfo, number>;
}

export interface ClusterView {
  readonly nodes: readonly NodeInfo[];
  /** Another number whenever a node came, went or changed. */
  readonly nodesVersion: number;
  readonly podGroups: Iterable<PodGroup>;
  /** Those among `podGroups` with inter-pod affinity terms. */
  readonly affinityGroups: Iterable<PodGroup>;
  nodeNamed(name: string): NodeInfo | undefined;
  /** How many pods with inter-pod affinity, and with required anti-affinity, are placed: lets plugins skip work. */
  readonly affinityPodCount: number;
  readonly requiredAntiAffinityPodCount: number;
  /** How many nodes have an image, for its locality score. */
  nodesWithImage(name: string): number;
  /** How many placed pods name this claim (`namespace/name`). */
  claimUsers(key: string): number;
  /** Labels of a namespace, for namespaceSelector terms. */
  namespaceLabels(name: string): Readonly<Record<string, string>> | undefined;
}
