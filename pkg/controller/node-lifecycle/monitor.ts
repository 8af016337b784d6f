/** Notices nodes that stopped renewing their Lease and says so in their conditions; their pods are no longer ready then. */
import { resources } from "#api/gen/resources.ts";
import type { Lease } from "#api/types/coordination.k8s.io/v1";
import type { Node, Pod } from "#api/types/core/v1";
import { done, type Informer, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { lostConditions, plannedTaints } from "./plan.ts";

export const byNode = "node";
export const nodeIndex = ({ spec }: Readonly<Pod>): readonly string[] => (spec.nodeName ? [spec.nodeName] : []);

interface Heard {
  /** What was seen last; the node's own clock does not matter, only that it changes. */
  readonly sign: string;
  readonly at: number;
}

export class NodeMonitor {
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #leases: Informer<Lease>;
  readonly #pods: Informer<Pod>;
  readonly #heard = new Map<string, Heard>();

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#nodes = context.informers.informer(resources.nodes);
    this.#leases = context.informers.informer(resources.leases, { namespace: "kube-node-lease" });
    this.#pods = context.informers.informer(resources.pods);
  }

  async reconcile(name: string, signal: AbortSignal): Promise<Outcome> {
    const node = this.#nodes.get(name);
    if (!node) {
      this.#heard.delete(name);
      return done;
    }
    const now = this.#context.clock.now();
    const graceMs = this.#context.options.nodeMonitorGraceMs ?? 50_000;
    const silentMs = now - this.#lastHeard(name, node, now);
    try {
      const conditions = silentMs > graceMs ? lostConditions(node, timeText(now)) : undefined;
      if (conditions) {
        await this.#context.client.nodes.patch(
          { name },
          { status: { conditions } },
          { type: "strategic", subresource: "status", signal },
        );
        this.#context
          .recorder("node-controller")
          .normal(node, "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
        await this.#markPods(name, signal);
        return done;
      }
      await this.#taint(name, node, timeText(now), signal);
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
    return { requeueAfterMs: Math.max(1000, graceMs - silentMs + 100) };
  }

  #lastHeard(name: string, node: Readonly<Node>, now: number): number {
    const ready = node.status?.conditions?.find((condition) => condition.type === "Ready");
    const sign = `${this.#leases.get(`kube-node-lease/${name}`)?.spec?.renewTime ?? ""} ${ready?.lastHeartbeatTime ?? ""}`;
    const heard = this.#heard.get(name);
    if (heard?.sign === sign) return heard.at;
    this.#heard.set(name, { sign, at: now });
    return now;
  }

  async #taint(name: string, node: Readonly<Node>, now: string, signal: AbortSignal): Promise<void> {
    const taints = plannedTaints(node, now);
    if (!taints) return;
    const { resourceVersion } = node.metadata;
    try {
      await this.#context.client.nodes.patch(
        { name },
        { metadata: { resourceVersion }, spec: { taints } },
        { type: "merge", signal },
      );
    } catch (error) {
      // Somebody else changed the node: its event brings it back here.
      if (!isConflict(error)) throw error;
    }
  }

  async #markPods(name: string, signal: AbortSignal): Promise<void> {
    const lastTransitionTime = timeText(this.#context.clock.now());
    for (const pod of this.#pods.byIndex(byNode, name)) {
      if (!pod.status?.conditions?.some((c) => c.type === "Ready" && c.status === "True")) continue;
      const { namespace = "", name: podName = "" } = pod.metadata;
      const conditions = [{ type: "Ready", status: "False", lastTransitionTime }];
      try {
        await this.#context.client.pods.patch(
          { namespace, name: podName },
          { status: { conditions } },
          { type: "strategic", subresource: "status", signal },
        );
      } catch (error) {
        if (!isNotFound(error)) throw error;
      }
    }
  }
}
