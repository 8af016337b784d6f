import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const seconds = (start: number, factor: number, count: number) =>
  Array.from({ length: count }, (_, i) => start * factor ** i);

/** The scheduler's metrics, by upstream's names. */
export function schedulerMetrics(registry: Registry) {
  const registers = [registry];
  return {
    attempts: new Counter({
      name: "scheduler_schedule_attempts_total",
      help: "Attempts to schedule pods, by result.",
      labelNames: ["profile", "result"],
      registers,
    }),
    attemptSeconds: new Histogram({
      name: "scheduler_scheduling_attempt_duration_seconds",
      help: "Scheduling attempt latency (scheduling algorithm and binding).",
      labelNames: ["profile", "result"],
      buckets: seconds(0.001, 2, 15),
      registers,
    }),
    algorithmSeconds: new Histogram({
      name: "scheduler_scheduling_algorithm_duration_seconds",
      help: "Latency of finding a node.",
      buckets: seconds(0.001, 2, 15),
      registers,
    }),
    podSeconds: new Histogram({
      name: "scheduler_pod_scheduling_sli_duration_seconds",
      help: "From a pod entering the queue to being bound.",
      labelNames: ["attempts"],
      buckets: seconds(0.01, 2, 20),
      registers,
    }),
    pending: new Gauge({
      name: "scheduler_pending_pods",
      help: "Pending pods, by part of the queue.",
      labelNames: ["queue"],
      registers,
    }),
    preemptionAttempts: new Counter({
      name: "scheduler_preemption_attempts_total",
      help: "Attempts to make room by preemption.",
      registers,
    }),
    preemptionVictims: new Histogram({
      name: "scheduler_preemption_victims",
      help: "Victims of one preemption.",
      buckets: seconds(1, 2, 7),
      registers,
    }),
  };
}

export type SchedulerMetrics = ReturnType<typeof schedulerMetrics>;
