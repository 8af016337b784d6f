import type { Node } from "#api/types/core/v1";
import type { ClaimUsers } from "./claim-users.ts";
import type { PodGroups } from "./pod-groups.ts";
import { accumulate, emptyResources, type Resources, resourcesOf } from "./resources.ts";
import type { HostPort, NodeInfo, PodInfo } from "./types.ts";

const anyAddress = "0.0.0.0";

/** What is counted over the pods of all nodes. */
export interface ClusterSums {
  readonly groups: PodGroups;
  readonly claimUsers: ClaimUsers;
}

/** One node and the sums over its pods, kept up to date by adding and taking away. */
export class NodeState implements NodeInfo {
  readonly name: string;
  node: Readonly<Node>;
  labels: Readonly<Record<string, string>> = {};
  taints: NodeInfo["taints"] = [];
  allocatable: Resources = emptyResources();
  maxPods = 0;
  images: ReadonlyMap<string, number> = new Map();
  readonly requested = emptyResources();
  readonly scoringRequested = emptyResources();
  readonly pods = new Map<string, PodInfo>();
  readonly affinityPods = new Map<string, PodInfo>();
  exists = false;
  readonly #groups: PodGroups;
  readonly #claimUsers: ClaimUsers;
  /** `protocol/port` → address → how many pods hold it. */
  readonly #ports = new Map<string, Map<string, number>>();

  constructor(name: string, node: Readonly<Node>, { groups, claimUsers }: ClusterSums) {
    this.name = name;
    this.node = node;
    this.#groups = groups;
    this.#claimUsers = claimUsers;
    this.setNode(node);
  }

  setNode(node: Readonly<Node>): void {
    this.node = node;
    this.labels = node.metadata.labels ?? {};
    this.taints = node.spec?.taints ?? [];
    const { pods, ...rest } = node.status?.allocatable ?? {};
    this.allocatable = resourcesOf(rest);
    this.maxPods = pods === undefined ? 0 : Number(pods);
    const images = new Map<string, number>();
    for (const image of node.status?.images ?? []) {
      for (const name of image.names ?? []) images.set(name, image.sizeBytes ?? 0);
    }
    this.images = images;
  }

  addPod(pod: PodInfo): void {
    this.pods.set(pod.key, pod);
    if (pod.hasAffinity) this.affinityPods.set(pod.key, pod);
    this.#count(pod, 1);
  }

  removePod(key: string): PodInfo | undefined {
    const pod = this.pods.get(key);
    if (!pod) return undefined;
    this.pods.delete(key);
    this.affinityPods.delete(key);
    this.#count(pod, -1);
    return pod;
  }

  #count(pod: PodInfo, sign: 1 | -1): void {
    this.#groups.count(pod, this, sign);
    this.#claimUsers.count(pod, sign);
    accumulate(this.requested, pod.requests, sign);
    accumulate(this.scoringRequested, pod.scoringRequests, sign);
    for (const port of pod.hostPorts) {
      const slot = `${port.protocol}/${port.port}`;
      const holders = this.#ports.get(slot) ?? new Map<string, number>();
      const count = (holders.get(port.ip) ?? 0) + sign;
      if (count > 0) holders.set(port.ip, count);
      else holders.delete(port.ip);
      if (holders.size > 0) this.#ports.set(slot, holders);
      else this.#ports.delete(slot);
    }
  }

  /** The wildcard address collides with every address on the same port. */
  usesPort({ ip, protocol, port }: HostPort): boolean {
    const holders = this.#ports.get(`${protocol}/${port}`);
    if (!holders) return false;
    return ip === anyAddress || holders.has(ip) || holders.has(anyAddress);
  }
}
