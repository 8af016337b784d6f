/** Deletes pods whose node has NoExecute taints that they do not tolerate, or no longer. */
import { resources } from "#api/gen/resources.ts";
import type { Node, Pod } from "#api/types/core/v1";
import { splitKey } from "#pkg/apimachinery/object.ts";
import { done, type Informer, isConflict, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { evictionTime } from "./eviction-plan.ts";

export class TaintEviction {
  readonly #context: ControllerContext;
  readonly #nodes: Informer<Node>;
  readonly #pods: Informer<Pod>;

  constructor(context: ControllerContext) {
    this.#context = context;
    this.#nodes = context.informers.informer(resources.nodes);
    this.#pods = context.informers.informer(resources.pods);
  }

  async reconcile(key: string, signal: AbortSignal): Promise<Outcome> {
    const pod = this.#pods.get(key);
    const node = pod?.spec.nodeName ? this.#nodes.get(pod.spec.nodeName) : undefined;
    if (!pod || !node || pod.metadata.deletionTimestamp) return done;
    const now = this.#context.clock.now();
    const at = evictionTime(pod, node.spec?.taints ?? [], now);
    if (at === undefined) return done;
    if (at > now) return { requeueAfterMs: at - now };
    this.#context
      .recorder("taint-eviction-controller")
      .normal(pod, "TaintManagerEviction", `Marking for deletion Pod ${key}`);
    await this.#evict(key, pod, signal);
    return done;
  }

  async #evict(key: string, pod: Readonly<Pod>, signal: AbortSignal): Promise<void> {
    const address = splitKey(key);
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: timeText(this.#context.clock.now()),
    };
    const { uid = "" } = pod.metadata;
    try {
      await this.#context.client.pods.patch(
        address,
        { metadata: { uid }, status: { conditions: [condition] } },
        { type: "strategic", subresource: "status", signal },
      );
      await this.#context.client.pods.delete(address, { signal, body: { preconditions: { uid } } });
    } catch (error) {
      if (!isNotFound(error) && !isConflict(error)) throw error;
    }
  }
}
