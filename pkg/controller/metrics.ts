/** Metrics of the controller manager, under upstream's names. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { QueueMetrics } from "#pkg/client/index.ts";

const secondsBuckets = [1e-8, 1e-7, 1e-6, 9.999999999999999e-6, 9.999999999999999e-5, 0.001, 0.01, 0.1, 1, 10];

export interface ManagerMetrics {
  readonly registry: Registry;
  queue(name: string): QueueMetrics;
}

export function buildMetrics(): ManagerMetrics {
  const registry = new Registry();
  const of = { labelNames: ["name"], registers: [registry] };
  const depth = new Gauge({ name: "workqueue_depth", help: "Keys that wait in a queue.", ...of });
  const adds = new Counter({ name: "workqueue_adds_total", help: "Keys added to a queue.", ...of });
  const retries = new Counter({
    name: "workqueue_retries_total",
    help: "Keys that came again after a failure.",
    ...of,
  });
  const waited = new Histogram({
    name: "workqueue_queue_duration_seconds",
    help: "How long keys waited before they were worked on.",
    buckets: secondsBuckets,
    ...of,
  });
  const worked = new Histogram({
    name: "workqueue_work_duration_seconds",
    help: "How long working on a key took.",
    buckets: secondsBuckets,
    ...of,
  });
  return {
    registry,
    queue: (name) => ({
      depth: (value) => depth.set({ name }, value),
      added: () => adds.inc({ name }),
      retried: () => retries.inc({ name }),
      waited: (seconds) => waited.observe({ name }, seconds),
      worked: (seconds) => worked.observe({ name }, seconds),
    }),
  };
}

/** Process metrics, for a process that has no other source of them. */
export function addProcessMetrics(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}
