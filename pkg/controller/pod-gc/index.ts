/** Removes pods that nobody looks after: on nodes that are gone, and ended ones beyond a threshold. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { isNotFound } from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { doomedPods } from "./plan.ts";

const periodMs = 20_000;
const defaultThreshold = 12_500;

export const podGc: Controller = {
  name: "pod-garbage-collector-controller",
  build(context) {
    const nodes = context.informers.informer(resources.nodes);
    const pods = context.informers.informer(resources.pods);
    /** When a node was first missed: it may only be missing from a cache that is catching up. */
    const missedSince = new Map<string, number>();
    return {
      loops: [],
      async run(signal) {
        while (!signal.aborted) {
          const doomed = doomedPods([...pods.list()], {
            hasNode: (name) => nodes.get(name) !== undefined,
            missedSince,
            now: context.clock.now(),
            threshold: context.options.terminatedPodGcThreshold ?? defaultThreshold,
          });
          for (const { pod, orphaned } of doomed) await remove(context, pod, orphaned, signal);
          await context.clock.sleep(periodMs, signal).catch(() => undefined);
        }
      },
    };
  },
};

async function remove(
  { client, clock, log }: ControllerContext,
  pod: Readonly<Pod>,
  orphaned: boolean,
  signal: AbortSignal,
) {
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const address = { namespace, name };
  try {
    if (orphaned && pod.status?.phase !== "Succeeded" && pod.status?.phase !== "Failed") {
      const condition = {
        type: "DisruptionTarget",
        status: "True",
        reason: "DeletionByPodGC",
        message: "PodGC: node no longer exists",
        lastTransitionTime: timeText(clock.now()),
      };
      const status = { phase: "Failed", conditions: [condition] };
      await client.pods.patch(
        address,
        { metadata: { uid }, status },
        { type: "strategic", subresource: "status", signal },
      );
    }
    await client.pods.delete(address, { signal, body: { gracePeriodSeconds: 0, preconditions: { uid } } });
  } catch (error) {
    if (!signal.aborted && !isNotFound(error))
      log.warn({ err: error, pod: `${namespace}/${name}` }, "pod was not collected");
  }
}
