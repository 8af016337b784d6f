/** Request metrics under upstream's names. Counted in plain maps on the hot path, turned into samples when scraped. */
import { Gauge, Registry } from "prom-client";
import type { InFlight } from "../filters/inflight.ts";
import type { Exchange } from "../http/exchange.ts";
import type { RequestInfo } from "../http/request-info.ts";

const bucketSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  count: number;
  sum: number;
  readonly buckets: number[];
}

/** A bound on label combinations, whatever paths clients invent. */
const seriesMax = 5_000;

export class RequestMetrics {
  readonly registry = new Registry();
  readonly #series = new Map<string, Series>();

  constructor(inFlight: InFlight) {
    new Gauge({
      name: "apiserver_current_inflight_requests",
      help: "Requests under way, by kind.",
      labelNames: ["request_kind"],
      registers: [this.registry],
      collect() {
        this.set({ request_kind: "mutating" }, inFlight.mutating);
        this.set({ request_kind: "readOnly" }, inFlight.readOnly);
      },
    });
    const series = this.#series;
    this.registry.registerMetric(
      sampler("apiserver_request_total", "counter", "Requests answered.", () => counters(series)),
    );
    this.registry.registerMetric(
      sampler("apiserver_request_duration_seconds", "histogram", "Seconds until a request was answered.", () =>
        histograms(series),
      ),
    );
  }

  observe(info: RequestInfo | undefined, exchange: Exchange, seconds: number): void {
    const request = info?.resource;
    const verb = request ? request.verb.toUpperCase() : (info?.method ?? "UNKNOWN");
    const code = exchange.status;
    const key = request
      ? `${verb}|${code}|${request.group}|${request.version}|${request.plural}|${request.subresource}|${request.name ? 1 : 0}`
      : `${verb}|${code}`;
    let series = this.#series.get(key);
    if (!series) {
      if (this.#series.size >= seriesMax) return;
      const scope = request ? (request.name ? "resource" : request.namespace ? "namespace" : "cluster") : "";
      const { group = "", version = "", plural: resource = "", subresource = "" } = request ?? {};
      const labels = {
        verb,
        code: String(code),
        group,
        version,
        resource,
        subresource,
        scope,
        component: "apiserver",
        dry_run: "",
      };
      series = { labels, count: 0, sum: 0, buckets: new Array<number>(bucketSeconds.length).fill(0) };
      this.#series.set(key, series);
    }
    series.count++;
    series.sum += seconds;
    for (let i = bucketSeconds.length - 1; i >= 0 && seconds <= (bucketSeconds[i] as number); i--) series.buckets[i]!++;
  }
}

interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

type AnyMetric = Parameters<Registry["registerMetric"]>[0];

/** A metric whose samples are made when they are read. */
function sampler(name: string, type: string, help: string, samples: () => Sample[]): AnyMetric {
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

const counters = (all: ReadonlyMap<string, Series>): Sample[] =>
  [...all.values()].map(({ labels, count }) => ({ labels, value: count }));

function histograms(all: ReadonlyMap<string, Series>): Sample[] {
  const name = "apiserver_request_duration_seconds";
  return [...all.values()].flatMap(({ labels: { code: _, ...labels }, buckets, count, sum }) => [
    ...buckets.map((value, i) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bucketSeconds[i] as number },
      value,
    })),
    { metricName: `${name}_bucket`, labels: { ...labels, le: "+Inf" }, value: count },
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: count },
  ]);
}
