/** Takes back the announcement of a disruption that did not come: `DisruptionTarget` on a pod that is not being deleted. */
import { resources } from "#api/gen/resources.ts";
import type { Pod, PodCondition } from "#api/types/core/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import { timeText } from "../framework/conditions.ts";
import type { ControllerContext } from "../framework/controller.ts";
import { isTerminal, podCondition } from "../framework/pods.ts";

const staleMs = 120_000;
const conditionType = "DisruptionTarget";

/** When the announcement will be stale, in ms from now, 0 when it is; undefined when there is none to take back. */
export function staleInMs(pod: Readonly<Pod>, now: number): number | undefined {
  const condition = podCondition(pod, conditionType);
  if (pod.metadata.deletionTimestamp || condition?.status !== "True" || isTerminal(pod)) return undefined;
  // The kubelet ends such a pod itself, however long that takes.
  if (condition.reason === "TerminationByKubelet") return undefined;
  return Math.max(0, Date.parse(condition.lastTransitionTime ?? "") + staleMs - now || 0);
}

export async function clearStale(
  { client, clock, informers }: ControllerContext,
  key: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const pod = informers.informer(resources.pods).get(key);
  const now = clock.now();
  const waitMs = pod && staleInMs(pod, now);
  if (!pod || waitMs === undefined) return done;
  if (waitMs > 0) return { requeueAfterMs: waitMs };
  const { generation } = pod.metadata;
  const cleared: PodCondition = {
    type: conditionType,
    status: "False",
    lastTransitionTime: timeText(now),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
  };
  const conditions = (pod.status?.conditions ?? []).map((each) => (each.type === conditionType ? cleared : each));
  try {
    await client.pods.updateStatus({ ...pod, status: { ...pod.status, conditions } }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}
