/** The status of an autoscaler as it is worked out, and its conditions. Pure. */
import type {
  HorizontalPodAutoscalerCondition as Condition,
  HorizontalPodAutoscalerStatus,
  MetricStatus,
} from "#api/types/autoscaling/v2";
import { timeText } from "../framework/conditions.ts";

export type ConditionType = "AbleToScale" | "ScalingActive" | "ScalingLimited";

export class StatusDraft {
  readonly #old: HorizontalPodAutoscalerStatus;
  readonly #now: string;
  #conditions: readonly Condition[];
  #current: number | undefined;
  #desired: number;
  #metrics: readonly MetricStatus[] | undefined;
  #lastScaleTime: string | undefined;

  constructor(old: Readonly<HorizontalPodAutoscalerStatus> | undefined, now: number) {
    this.#old = old ?? { desiredReplicas: 0 };
    this.#now = timeText(now);
    this.#conditions = this.#old.conditions ?? [];
    this.#current = this.#old.currentReplicas;
    this.#desired = this.#old.desiredReplicas;
    this.#metrics = this.#old.currentMetrics;
    this.#lastScaleTime = this.#old.lastScaleTime;
  }

  set(type: ConditionType, status: "True" | "False", reason: string, message: string): void {
    const old = this.#conditions.find((each) => each.type === type);
    const since = old && old.status === status ? old.lastTransitionTime : this.#now;
    const next: Condition = {
      type,
      status,
      reason,
      message,
      ...(since === undefined ? {} : { lastTransitionTime: since }),
    };
    this.#conditions = old ? this.#conditions.map((each) => (each === old ? next : each)) : [...this.#conditions, next];
  }

  /** What was found; `desired` absent: as before. */
  observe(current: number, metrics: readonly MetricStatus[], desired?: number): void {
    this.#current = current;
    this.#metrics = metrics;
    if (desired !== undefined) this.#desired = desired;
  }

  rescaled(): void {
    this.#lastScaleTime = this.#now;
  }

  get status(): HorizontalPodAutoscalerStatus {
    const { observedGeneration } = this.#old;
    return {
      ...(observedGeneration === undefined ? {} : { observedGeneration }),
      ...(this.#lastScaleTime === undefined ? {} : { lastScaleTime: this.#lastScaleTime }),
      ...(this.#current === undefined ? {} : { currentReplicas: this.#current }),
      desiredReplicas: this.#desired,
      // The API writes no metrics as null.
      currentMetrics: (this.#metrics?.length ? [...this.#metrics] : null) as MetricStatus[],
      ...(this.#conditions.length === 0 ? {} : { conditions: [...this.#conditions] }),
    };
  }
}
