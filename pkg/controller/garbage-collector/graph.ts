/** Who owns whom, by uid, kept from watches. Pure bookkeeping. */

import type { ResourceRef } from "#api/gen/resources.ts";
import type { OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";

export interface GraphNode {
  readonly uid: string;
  readonly ref: ResourceRef<KubeObject>;
  readonly namespace: string;
  readonly name: string;
  readonly owners: readonly OwnerReference[];
  readonly finalizers: readonly string[];
  readonly deleting: boolean;
}

export const foreground = "foregroundDeletion";
export const orphan = "orphan";

export const waitsForDependents = (node: GraphNode): boolean => node.deleting && node.finalizers.includes(foreground);
export const orphansDependents = (node: GraphNode): boolean => node.deleting && node.finalizers.includes(orphan);

export class Graph {
  readonly #nodes = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Set<string>>();

  get(uid: string): GraphNode | undefined {
    return this.#nodes.get(uid);
  }

  /** Those that name an owner that is not known here; linear in the graph. */
  withUnknownOwner(isMeant: (owner: OwnerReference) => boolean): GraphNode[] {
    const isUnknown = (owner: OwnerReference): boolean => isMeant(owner) && !this.#nodes.has(owner.uid);
    return [...this.#nodes.values()].filter(({ owners }) => owners.some(isUnknown));
  }

  dependentsOf(uid: string): GraphNode[] {
    return [...(this.#dependents.get(uid) ?? [])].flatMap((dependent) => this.#nodes.get(dependent) ?? []);
  }

  /** Whether a dependent still holds up the deletion of its owner. */
  blockers(uid: string): GraphNode[] {
    return this.dependentsOf(uid).filter((node) =>
      node.owners.some((owner) => owner.uid === uid && owner.blockOwnerDeletion),
    );
  }

  set(object: Readonly<KubeObject>, ref: ResourceRef<KubeObject>): GraphNode {
    const {
      uid = "",
      namespace = "",
      name = "",
      ownerReferences = [],
      finalizers = [],
      deletionTimestamp,
    } = object.metadata;
    this.#unlink(uid);
    const node = {
      uid,
      ref,
      namespace,
      name,
      owners: ownerReferences,
      finalizers,
      deleting: deletionTimestamp !== undefined,
    };
    this.#nodes.set(uid, node);
    for (const owner of ownerReferences) {
      const dependents = this.#dependents.get(owner.uid) ?? new Set<string>();
      dependents.add(uid);
      this.#dependents.set(owner.uid, dependents);
    }
    return node;
  }

  remove(uid: string): void {
    this.#unlink(uid);
    this.#nodes.delete(uid);
  }

  #unlink(uid: string): void {
    for (const owner of this.#nodes.get(uid)?.owners ?? []) {
      const dependents = this.#dependents.get(owner.uid);
      dependents?.delete(uid);
      if (dependents?.size === 0) this.#dependents.delete(owner.uid);
    }
  }
}
