/** How many requests are under way and waiting, under upstream's names. */
import { Gauge, type Registry } from "prom-client";
import type { RequestLimiter } from "../filters/limiter.ts";

export function registerLimiterMetrics(registry: Registry, limiter: RequestLimiter): void {
  const gauge = (name: string, help: string, counts: () => RequestLimiter["executing"]): void => {
    new Gauge({
      name,
      help,
      labelNames: ["request_kind"],
      registers: [registry],
      collect() {
        const { mutating, readOnly } = counts();
        this.set({ request_kind: "mutating" }, mutating);
        this.set({ request_kind: "readOnly" }, readOnly);
      },
    });
  };
  gauge("apiserver_current_inflight_requests", "Requests under way, by kind.", () => limiter.executing);
  gauge("apiserver_current_inqueue_requests", "Requests that wait for their turn, by kind.", () => limiter.waiting);
}
