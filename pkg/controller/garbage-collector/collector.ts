/** Acts on the graph: deletes what has lost its owners, and lets owners go that waited for their dependents. */
import type { ResourceRef } from "#api/gen/resources.ts";
import type { OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { done, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { foreground, Graph, type GraphNode, orphan, orphansDependents, waitsForDependents } from "./graph.ts";
import { fateOf, type OwnerState } from "./plan.ts";

/** Owners that were looked for and not found; uids never come back. */
const absentMax = 5000;
const againMs = 500;

export class Collector {
  readonly graph = new Graph();
  readonly #context: ControllerContext;
  readonly #refOf: (owner: OwnerReference) => ResourceRef<KubeObject> | undefined;
  readonly #absent = new Set<string>();

  constructor(context: ControllerContext, refOf: (owner: OwnerReference) => ResourceRef<KubeObject> | undefined) {
    this.#context = context;
    this.#refOf = refOf;
  }

  async reconcile(uid: string, signal: AbortSignal): Promise<Outcome> {
    const node = this.graph.get(uid);
    if (!node) return done;
    try {
      if (orphansDependents(node)) return await this.#orphan(node, signal);
      if (waitsForDependents(node)) return await this.#finish(node, signal);
      if (!node.deleting) await this.#decide(node, signal);
    } catch (error) {
      if (isConflict(error)) return { requeueAfterMs: againMs };
      if (!isNotFound(error)) throw error;
    }
    return done;
  }

  async #decide(node: GraphNode, signal: AbortSignal): Promise<void> {
    const states = new Map<string, OwnerState>();
    for (const owner of node.owners) states.set(owner.uid, await this.#stateOf(owner, node, signal));
    const hasDependents = this.graph.blockers(node.uid).length > 0;
    const fate = fateOf(node.owners, (owner) => states.get(owner.uid) ?? "solid", hasDependents);
    const client = this.#context.client.resource(node.ref);
    const address = { namespace: node.namespace, name: node.name };
    if (fate.kind === "drop") await this.#dropOwners(node, fate.uids, signal);
    else if (fate.kind === "delete") {
      // Owners that wait for each other in a circle would wait for ever.
      const isCircle = fate.policy === "Foreground" && this.graph.dependentsOf(node.uid).some(waitsForDependents);
      if (isCircle) await this.#unblock(node, signal);
      const body = { propagationPolicy: fate.policy, preconditions: { uid: node.uid } };
      await client.delete(address, { signal, body });
    }
  }

  /** The graph knows most owners; one that it does not know is asked for before its dependents suffer. */
  async #stateOf(owner: OwnerReference, { namespace }: GraphNode, signal: AbortSignal): Promise<OwnerState> {
    const known = this.graph.get(owner.uid);
    if (known) return waitsForDependents(known) ? "waiting" : "solid";
    if (this.#absent.has(owner.uid)) return "absent";
    const ref = this.#refOf(owner);
    // A kind that is not served (any more) says nothing about the owner: better keep too much.
    if (!ref) return "solid";
    const address = ref.namespaced ? { namespace, name: owner.name } : { name: owner.name };
    try {
      const found = await this.#context.client.resource(ref).get(address, { signal });
      if (found.metadata.uid === owner.uid) return "solid";
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    if (this.#absent.size >= absentMax) this.#absent.clear();
    this.#absent.add(owner.uid);
    return "absent";
  }

  /** Lets the owners go before this object. */
  async #unblock(node: GraphNode, signal: AbortSignal): Promise<void> {
    const client = this.#context.client.resource(node.ref);
    const address = { namespace: node.namespace, name: node.name };
    const { metadata } = await client.get(address, { signal });
    const { resourceVersion = "", uid = "" } = metadata;
    if (uid !== node.uid) return;
    const ownerReferences = (metadata.ownerReferences ?? []).map((owner) => ({ ...owner, blockOwnerDeletion: false }));
    await client.patch(address, { metadata: { resourceVersion, uid, ownerReferences } }, { type: "merge", signal });
  }

  async #dropOwners(node: GraphNode, uids: readonly string[], signal: AbortSignal): Promise<void> {
    const client = this.#context.client.resource(node.ref);
    const address = { namespace: node.namespace, name: node.name };
    const current = await client.get(address, { signal });
    const ownerReferences = (current.metadata.ownerReferences ?? []).filter((owner) => !uids.includes(owner.uid));
    const { resourceVersion = "", uid = "" } = current.metadata;
    if (uid !== node.uid) return;
    const patch = {
      metadata: { resourceVersion, uid, ownerReferences: ownerReferences.length > 0 ? ownerReferences : null },
    };
    await client.patch(address, patch, { type: "merge", signal });
  }

  async #orphan(node: GraphNode, signal: AbortSignal): Promise<Outcome> {
    await Promise.all(
      this.graph.dependentsOf(node.uid).map((dependent) =>
        this.#dropOwners(dependent, [node.uid], signal).catch((error: unknown) => {
          if (!isNotFound(error)) throw error;
        }),
      ),
    );
    await this.#removeFinalizer(node, orphan, signal);
    return done;
  }

  /** Blocking dependents are told to go; the owner goes when none is left. */
  async #finish(node: GraphNode, signal: AbortSignal): Promise<Outcome> {
    const blockers = this.graph.blockers(node.uid);
    if (blockers.length === 0) {
      await this.#removeFinalizer(node, foreground, signal);
      return done;
    }
    for (const dependent of this.graph.dependentsOf(node.uid)) {
      if (dependent.deleting) continue;
      await this.#decide(dependent, signal).catch((error: unknown) => {
        if (!isNotFound(error) && !isConflict(error)) throw error;
      });
    }
    return done;
  }

  async #removeFinalizer(node: GraphNode, finalizer: string, signal: AbortSignal): Promise<void> {
    const client = this.#context.client.resource(node.ref);
    const address = { namespace: node.namespace, name: node.name };
    const current = await client.get(address, { signal });
    if (current.metadata.uid !== node.uid) return;
    const finalizers = (current.metadata.finalizers ?? []).filter((each) => each !== finalizer);
    const { resourceVersion = "" } = current.metadata;
    await client.patch(
      address,
      { metadata: { resourceVersion, finalizers: finalizers.length > 0 ? finalizers : null } },
      { type: "merge", signal },
    );
  }
}
