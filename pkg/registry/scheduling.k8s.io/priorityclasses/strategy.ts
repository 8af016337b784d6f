import type { PriorityClass } from "#api/types/scheduling.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const priorityclasses: Strategy<PriorityClass> = {
  hasGeneration: true,
  applyDefaults(priorityClass) {
    priorityClass.preemptionPolicy ??= "PreemptLowerPriority";
  },
};
