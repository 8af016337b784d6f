/** Metrics that are counted in plain numbers and turned into samples when they are read. */
import type { Registry } from "prom-client";

export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

type Labels = Sample["labels"];
type AnyMetric = Parameters<Registry["registerMetric"]>[0];
export type MetricType = "counter" | "gauge" | "histogram";

/** A metric whose samples are made when they are read. */
export function sampler(name: string, type: MetricType, help: string, samples: () => Sample[]): AnyMetric {
  const metric = {
    name,
    help,
    type,
    aggregator: "sum",
    get: async () => ({ name, help, type, aggregator: "sum", values: samples() }),
    reset() {},
  };
  return metric as unknown as AnyMetric;
}

export interface Observed {
  readonly bounds: readonly number[];
  /** By bucket, not cumulative; the last is what is above all bounds. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** The samples of one series of a histogram. */
export function histogramSamples(name: string, labels: Labels, { bounds, counts, sum }: Observed): Sample[] {
  let total = 0;
  const buckets = counts.map((count, at): Sample => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[at] ?? "+Inf" }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
