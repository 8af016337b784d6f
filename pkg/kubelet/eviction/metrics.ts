/** What the kubelet tells of its evictions; names are upstream's. */
import { Counter, Histogram } from "prom-client";

export interface EvictionMetrics {
  readonly evictions: Counter;
  readonly statsAge: Histogram;
}

/** In no registry yet: the kubelet's server has that. */
export const evictionMetrics = (): EvictionMetrics => ({
  evictions: new Counter({
    name: "kubelet_evictions",
    help: "Cumulative number of pod evictions by eviction signal",
    labelNames: ["eviction_signal"],
    registers: [],
  }),
  statsAge: new Histogram({
    name: "kubelet_eviction_stats_age_seconds",
    help: "Time between when stats are collected, and when pod is evicted based on those stats by eviction signal",
    labelNames: ["eviction_signal"],
    registers: [],
  }),
});
