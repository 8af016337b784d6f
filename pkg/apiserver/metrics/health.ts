/** What became of each health check, under upstream's names: https://kubernetes.io/docs/reference/instrumentation/slis/ */
import { Counter, Gauge, Registry } from "prom-client";

export class HealthMetrics {
  readonly registry = new Registry();
  readonly #last: Gauge<"name" | "type">;
  readonly #all: Counter<"name" | "type" | "status">;

  constructor() {
    const registers = [this.registry];
    this.#last = new Gauge({
      name: "kubernetes_healthcheck",
      help: "[STABLE] This metric records the result of a single healthcheck.",
      labelNames: ["name", "type"],
      registers,
    });
    this.#all = new Counter({
      name: "kubernetes_healthchecks_total",
      help: "[STABLE] This metric records the results of all healthcheck.",
      labelNames: ["name", "status", "type"],
      registers,
    });
  }

  /** `type`: healthz, livez, readyz. */
  observe(type: string, name: string, passed: boolean): void {
    this.#last.set({ name, type }, passed ? 1 : 0);
    this.#all.inc({ name, status: passed ? "success" : "error", type });
  }
}
