/** Whether a node that is short of something takes another pod. Rules and texts are upstream's. Pure. */
import type { Pod } from "#api/types/core/v1";
import { isTolerated } from "#pkg/apimachinery/placement/tolerations.ts";
import { qosOf } from "../containers/qos.ts";
import type { Refusal } from "../node/admission.ts";
import { isCritical } from "../pods/pod.ts";
import { evictedReason, refusedMessage } from "./messages.ts";
import type { PressureCondition } from "./signals.ts";

const memoryTaint = { key: "node.kubernetes.io/memory-pressure", effect: "NoSchedule" } as const;

/** Undefined admits. Short of memory only pods that ask for none are refused; short of anything else all are. */
export function refusalUnderPressure(pod: Pod, conditions: readonly PressureCondition[]): Refusal | undefined {
  if (conditions.length === 0 || isCritical(pod)) return undefined;
  if (conditions.length === 1 && conditions[0] === "MemoryPressure") {
    if (qosOf(pod) !== "BestEffort" || isTolerated(memoryTaint, pod.spec.tolerations ?? [])) return undefined;
  }
  return { reason: evictedReason, message: refusedMessage(conditions) };
}
