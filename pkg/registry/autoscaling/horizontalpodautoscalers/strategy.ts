import type { HorizontalPodAutoscaler as HpaV1 } from "#api/types/autoscaling/v1";
import type { HorizontalPodAutoscaler, HPAScalingRules } from "#api/types/autoscaling/v2";
import type { Strategy } from "../../strategy.ts";
import { validateAutoscalerStatus, validateAutoscalerUpdate, validateNewAutoscaler } from "./validate.ts";

export const horizontalpodautoscalers: Strategy<HorizontalPodAutoscaler> = {
  applyDefaults(autoscaler) {
    const { spec } = autoscaler;
    if (!spec) return;
    spec.minReplicas ??= 1;
    if (autoscaler.apiVersion === "autoscaling/v1") return defaultV1(autoscaler as unknown as HpaV1);
    if (!spec.metrics?.length) {
      const target = { type: "Utilization", averageUtilization: 80 };
      spec.metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
    }
    if (!spec.behavior) return;
    spec.behavior.scaleUp = fill(spec.behavior.scaleUp, {
      stabilizationWindowSeconds: 0,
      selectPolicy: "Max",
      policies: [
        { type: "Pods", value: 4, periodSeconds: 15 },
        { type: "Percent", value: 100, periodSeconds: 15 },
      ],
    });
    spec.behavior.scaleDown = fill(spec.behavior.scaleDown, {
      selectPolicy: "Max",
      policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
    });
  },
  validateCreate: validateNewAutoscaler,
  validateUpdate: validateAutoscalerUpdate,
  subresources: { status: { validateUpdate: validateAutoscalerStatus } },
  prepareForCreate(autoscaler) {
    const isV1 = autoscaler.apiVersion === "autoscaling/v1";
    const empty = isV1 ? { currentReplicas: 0, desiredReplicas: 0 } : { desiredReplicas: 0, currentMetrics: null };
    autoscaler.status = empty as unknown as NonNullable<HorizontalPodAutoscaler["status"]>;
  },
};

/** v1 knows CPU only, and stores an explicit target when none is given. */
function defaultV1({ spec }: HpaV1): void {
  if (spec) spec.targetCPUUtilizationPercentage ??= 80;
}

/** An empty list of policies stays one, to be refused. */
const fill = (rules: HPAScalingRules | undefined, defaults: HPAScalingRules): HPAScalingRules => ({
  ...defaults,
  ...rules,
});
