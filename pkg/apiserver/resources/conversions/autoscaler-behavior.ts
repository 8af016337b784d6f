/** How autoscaling/v1 writes the behavior of an autoscaler into an annotation: under the names of upstream's own form. */
import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from "#api/types/autoscaling/v2";

type Members = Readonly<Record<string, unknown>>;

export const behaviorToV1 = ({ scaleUp, scaleDown }: HorizontalPodAutoscalerBehavior): Members => ({
  ScaleUp: scaleUp ? rules(scaleUp) : null,
  ScaleDown: scaleDown ? rules(scaleDown) : null,
});

const rules = ({ stabilizationWindowSeconds, selectPolicy, policies, tolerance }: HPAScalingRules): Members => ({
  StabilizationWindowSeconds: stabilizationWindowSeconds ?? null,
  SelectPolicy: selectPolicy ?? null,
  Policies:
    policies?.map(({ type, value, periodSeconds }) => ({ Type: type, Value: value, PeriodSeconds: periodSeconds })) ??
    null,
  Tolerance: tolerance ?? null,
});

/** Capital letters do not matter, and null is nothing. */
export function behaviorFromV1(written: unknown): HorizontalPodAutoscalerBehavior {
  return lowered(written) as HorizontalPodAutoscalerBehavior;
}

function lowered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(lowered);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([name, member]) => [lowerFirst(name), lowered(member)]));
}

const lowerFirst = (name: string): string => name.charAt(0).toLowerCase() + name.slice(1);
