/**
 * Placed pods in groups whose members no label selector and no affinity term can tell apart: the pods of one template,
 * mostly. Whoever counts pods by selector asks each group once and then only touches the nodes that have members, instead
 * of every pod of every node.
 */
import type { NodeInfo, PodGroup, PodInfo } from "./types.ts";

class Group implements PodGroup {
  readonly identity: string;
  readonly pod: PodInfo;
  readonly leaving: boolean;
  readonly nodes = new Map<NodeInfo, number>();

  constructor(identity: string, pod: PodInfo) {
    this.identity = identity;
    this.pod = pod;
    this.leaving = pod.pod.metadata.deletionTimestamp !== undefined;
  }
}

export class PodGroups {
  readonly #groups = new Map<string, Group>();
  readonly #withAffinity = new Set<Group>();
  /** The group of each pod that was ever counted, so that its identity is worked out once. */
  readonly #of = new WeakMap<PodInfo, Group>();

  get all(): Iterable<PodGroup> {
    return this.#groups.values();
  }

  /** Those whose members have inter-pod affinity terms. */
  get withAffinity(): Iterable<PodGroup> {
    return this.#withAffinity;
  }

  /** Counts the pod in (1) or out (-1). */
  count(pod: PodInfo, node: NodeInfo, sign: 1 | -1): void {
    const group = this.#groupOf(pod);
    const count = (group.nodes.get(node) ?? 0) + sign;
    if (count > 0) group.nodes.set(node, count);
    else group.nodes.delete(node);
    if (group.nodes.size > 0) return;
    this.#groups.delete(group.identity);
    this.#withAffinity.delete(group);
  }

  #groupOf(pod: PodInfo): Group {
    const last = this.#of.get(pod);
    const identity = last?.identity ?? identityOf(pod);
    let group = this.#groups.get(identity);
    if (group && group === last) return group;
    // A group that emptied is gone from the maps, and may have been followed by another of the same identity.
    group ??= last ?? new Group(identity, pod);
    this.#of.set(pod, group);
    this.#groups.set(identity, group);
    if (pod.hasAffinity) this.#withAffinity.add(group);
    return group;
  }
}

function identityOf({ pod }: PodInfo): string {
  const { namespace, labels, deletionTimestamp } = pod.metadata;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  return JSON.stringify([namespace, labels, deletionTimestamp !== undefined, podAffinity, podAntiAffinity]);
}
