/** How far one step may go: bounds, stabilization windows and rates. Pure. */
import type { HorizontalPodAutoscalerSpec, HPAScalingRules } from "#api/types/autoscaling/v2";
import type { ScaleEvent, ScaleHistory } from "./history.ts";

export interface Because {
  readonly reason: string;
  readonly message: string;
}

export interface Limited {
  readonly replicas: number;
  /** Undefined: the recommendation was followed. */
  readonly stabilized: Because | undefined;
  readonly isLimited: boolean;
  readonly limit: Because;
}

export interface Step {
  readonly spec: HorizontalPodAutoscalerSpec;
  readonly current: number;
  readonly desired: number;
  readonly history: Pick<ScaleHistory, "recommendations" | "ups" | "downs">;
  /** For autoscalers that do not say, in ms. */
  readonly downscaleStabilizationMs: number;
  readonly now: number;
}

const doubleUntil = 4;
const within = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const tooMany = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFew = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};
const upLimit = {
  reason: "ScaleUpLimit",
  message: "the desired replica count is increasing faster than the maximum scale rate",
};
const downLimit = {
  reason: "ScaleDownLimit",
  message: "the desired replica count is decreasing faster than the maximum scale rate",
};
const downStabilized = {
  reason: "ScaleDownStabilized",
  message: "recent recommendations were higher than current one, applying the highest recent recommendation",
};
const upStabilized = {
  reason: "ScaleUpStabilized",
  message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
};

export const limitStep = (step: Step): Limited =>
  step.spec.behavior === undefined ? limitUsually(step) : limitByBehavior(step);

function limitUsually({ spec, current, desired, history, downscaleStabilizationMs, now }: Step): Limited {
  const recent = history.recommendations.filter(({ at }) => at >= now - downscaleStabilizationMs);
  const wanted = recent.reduce((most, { replicas }) => Math.max(most, replicas), desired);
  const stabilized = wanted === desired ? undefined : downStabilized;
  const least = spec.minReplicas ?? 1;
  const rate = Math.max(2 * current, doubleUntil);
  const [most, why] = spec.maxReplicas > rate ? [rate, upLimit] : [spec.maxReplicas, tooMany];
  if (wanted < least) return { replicas: least, stabilized, isLimited: true, limit: tooFew };
  if (wanted > most) return { replicas: most, stabilized, isLimited: true, limit: why };
  return { replicas: wanted, stabilized, isLimited: false, limit: within };
}

function limitByBehavior(step: Step): Limited {
  const { current, desired } = step;
  const wanted = stabilize(step);
  const because = desired >= current ? upStabilized : downStabilized;
  const stabilized = wanted === desired ? undefined : because;
  const limit = wanted > current ? highest(step) : wanted < current ? lowest(step) : undefined;
  const exceeds = limit && (wanted > current ? wanted > limit.replicas : wanted < limit.replicas);
  return exceeds
    ? { replicas: limit.replicas, stabilized, isLimited: true, limit: limit.why }
    : { replicas: wanted, stabilized, isLimited: false, limit: within };
}

/** Upwards the lowest, downwards the highest that was recommended within the window of that direction. */
function stabilize({ spec, current, desired, history, downscaleStabilizationMs, now }: Step): number {
  const { scaleUp, scaleDown } = spec.behavior ?? {};
  const upMs = (scaleUp?.stabilizationWindowSeconds ?? 0) * 1000;
  const downSeconds = scaleDown?.stabilizationWindowSeconds;
  const downMs = downSeconds === undefined ? downscaleStabilizationMs : downSeconds * 1000;
  let [up, down] = [desired, desired];
  for (const { replicas, at } of history.recommendations) {
    if (at > now - upMs) up = Math.min(up, replicas);
    if (at > now - downMs) down = Math.max(down, replicas);
  }
  return Math.min(Math.max(current, up), down);
}

function highest({ spec, current, history, now }: Step): { replicas: number; why: Because } {
  const rate = Math.max(current, rateLimit(spec.behavior?.scaleUp, "up", { current, history, now }));
  return spec.maxReplicas > rate ? { replicas: rate, why: upLimit } : { replicas: spec.maxReplicas, why: tooMany };
}

function lowest({ spec, current, history, now }: Step): { replicas: number; why: Because } {
  const rate = Math.min(current, rateLimit(spec.behavior?.scaleDown, "down", { current, history, now }));
  const least = spec.minReplicas ?? 1;
  return least < rate ? { replicas: rate, why: downLimit } : { replicas: least, why: tooFew };
}

function rateLimit(
  rules: HPAScalingRules | undefined,
  direction: "up" | "down",
  { current, history, now }: Pick<Step, "current" | "history" | "now">,
): number {
  if (rules?.selectPolicy === "Disabled") return current;
  const proposals = (rules?.policies ?? []).map(({ type, value, periodSeconds }) => {
    const since = now - periodSeconds * 1000;
    const atStart = current - changeSince(history.ups, since) + changeSince(history.downs, since);
    if (type === "Pods") return direction === "up" ? atStart + value : atStart - value;
    return direction === "up" ? Math.ceil(atStart * (1 + value / 100)) : Math.trunc(atStart * (1 - value / 100));
  });
  if (proposals.length === 0) return current;
  // The policy that changes most counts, or the one that changes least.
  const takesHighest = (rules?.selectPolicy !== "Min") === (direction === "up");
  return takesHighest ? Math.max(...proposals) : Math.min(...proposals);
}

const changeSince = (events: readonly ScaleEvent[], since: number): number =>
  events.reduce((sum, { change, at }) => (at > since ? sum + change : sum), 0);
