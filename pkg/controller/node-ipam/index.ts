/** Gives each node its part of the pod addresses, where --allocate-node-cidrs says so. */
import { resources } from "#api/gen/resources.ts";
import type { Node } from "#api/types/core/v1";
import { done, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { BlockPool } from "./pool.ts";

const maskDefaults = { ipv4: 24, ipv6: 64 };
const againMs = 10_000;

export const nodeIpam: Controller = {
  name: "node-ipam-controller",
  build(context) {
    const { allocateNodeCidrs, clusterCidrs = [] } = context.options;
    if (!allocateNodeCidrs || clusterCidrs.length === 0) return { loops: [] };
    const queue = context.queue("cidrallocator_node");
    const allocator = new NodeAllocator(context, clusterCidrs);
    context.informers.informer(resources.nodes).addHandler({
      added: (node) => {
        allocator.hold(node);
        queue.add(node.metadata.name ?? "");
      },
      updated: (node, old) => {
        allocator.moved(node, old);
        if (!node.spec?.podCIDR) queue.add(node.metadata.name ?? "");
      },
      deleted: (node) => allocator.release(node),
    });
    return { loops: [{ queue, workers: 1, reconcile: (name, signal) => allocator.reconcile(name, signal) }] };
  },
};

const rangesOf = ({ spec }: Readonly<Node>): readonly string[] =>
  spec?.podCIDRs ?? (spec?.podCIDR ? [spec.podCIDR] : []);

class NodeAllocator {
  readonly #context: ControllerContext;
  readonly #pools: readonly BlockPool[];
  /** Blocks on their way: held until the cache shows the node with its own, so that a lost answer gives none away twice. */
  readonly #promised = new Map<string, readonly string[]>();

  /** Throws an Error for ranges that cannot be divided so. */
  constructor(context: ControllerContext, clusterCidrs: readonly string[]) {
    const { nodeCidrMaskSizeIpv4, nodeCidrMaskSizeIpv6, serviceCidrs = [] } = context.options;
    this.#context = context;
    this.#pools = clusterCidrs.map((cidr) => {
      const bits = cidr.includes(":")
        ? (nodeCidrMaskSizeIpv6 ?? maskDefaults.ipv6)
        : (nodeCidrMaskSizeIpv4 ?? maskDefaults.ipv4);
      return new BlockPool(cidr, bits);
    });
    for (const cidr of serviceCidrs) for (const pool of this.#pools) pool.hold(cidr);
  }

  hold(node: Readonly<Node>): void {
    for (const cidr of rangesOf(node)) for (const pool of this.#pools) pool.hold(cidr);
    if (rangesOf(node).length > 0) this.#forget(node);
  }

  release(node: Readonly<Node>): void {
    for (const cidr of rangesOf(node)) for (const pool of this.#pools) pool.release(cidr);
    this.#forget(node);
  }

  moved(node: Readonly<Node>, old: Readonly<Node>): void {
    if (rangesOf(node).join() === rangesOf(old).join()) return;
    this.hold(node);
    for (const cidr of rangesOf(old)) for (const pool of this.#pools) pool.release(cidr);
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const { client, informers, recorder } = this.#context;
    const node = informers.informer(resources.nodes).get(name);
    if (!node || node.metadata.deletionTimestamp || rangesOf(node).length > 0) return done;
    const podCIDRs = this.#promised.get(name) ?? this.#take(name);
    if (!podCIDRs) {
      recorder("cidrAllocator").normal(node, "CIDRNotAvailable", `Node ${name} status is now: CIDRNotAvailable`);
      return { requeueAfterMs: againMs };
    }
    try {
      const { uid = "" } = node.metadata;
      const patch = { metadata: { uid }, spec: { podCIDR: podCIDRs[0], podCIDRs } };
      await client.nodes.patch({ name }, patch, { type: "merge", signal });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
    return done;
  }

  /** A block of each pool, or none at all. */
  #take(name: string): readonly string[] | undefined {
    const taken = this.#pools.map((pool) => pool.take());
    const blocks = taken.filter((block) => block !== undefined);
    if (blocks.length === taken.length) {
      this.#promised.set(name, blocks);
      return blocks;
    }
    for (const block of blocks) for (const pool of this.#pools) pool.release(block);
    return undefined;
  }

  #forget({ metadata }: Readonly<Node>): void {
    const name = metadata.name ?? "";
    for (const block of this.#promised.get(name) ?? []) for (const pool of this.#pools) pool.release(block);
    this.#promised.delete(name);
  }
}
