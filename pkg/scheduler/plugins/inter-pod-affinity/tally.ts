/** How many pods, or how much weight, count for each topology domain: topology key → value → sum. */
import type { NodeInfo, PodGroup } from "../../cache/types.ts";

export class Tally {
  readonly #sums = new Map<string, Map<string, number>>();

  get isEmpty(): boolean {
    return this.#sums.size === 0;
  }

  /** Adds `each` for every pod of the group to the domain of its node; nodes without the key have none. */
  count(topologyKey: string, { nodes }: PodGroup, each: number): void {
    for (const [node, pods] of nodes) {
      if (!node.exists || !Object.hasOwn(node.labels, topologyKey)) continue;
      const value = node.labels[topologyKey]!;
      const sums = this.#sums.get(topologyKey) ?? new Map<string, number>();
      sums.set(value, (sums.get(value) ?? 0) + pods * each);
      this.#sums.set(topologyKey, sums);
    }
  }

  /** What the node's domain of this key has. */
  of(topologyKey: string, { labels }: NodeInfo): number {
    const sums = this.#sums.get(topologyKey);
    return sums && Object.hasOwn(labels, topologyKey) ? (sums.get(labels[topologyKey]!) ?? 0) : 0;
  }

  /** Over all domains that the node is in. */
  sum(node: NodeInfo): number {
    let sum = 0;
    for (const key of this.#sums.keys()) sum += this.of(key, node);
    return sum;
  }

  /** Whether any domain that the node is in has something. */
  some(node: NodeInfo): boolean {
    for (const key of this.#sums.keys()) if (this.of(key, node) > 0) return true;
    return false;
  }
}
