/** Request metrics under upstream's names. Counted in plain maps on the hot path, turned into samples when scraped. */
import { Registry } from "prom-client";
import type { Exchange } from "../http/exchange.ts";
import type { RequestInfo } from "../http/request-info.ts";
import { Histogram } from "./histogram.ts";
import { histogramSamples, type Sample, sampler } from "./samples.ts";

const bucketSeconds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

interface Series {
  readonly labels: Readonly<Record<string, string>>;
  readonly seconds: Histogram;
}

/** A bound on label combinations, whatever paths clients invent. */
const seriesMax = 5_000;

export class RequestMetrics {
  readonly registry = new Registry();
  readonly #series = new Map<string, Series>();

  constructor() {
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
      series = { labels, seconds: new Histogram(bucketSeconds) };
      this.#series.set(key, series);
    }
    series.seconds.observe(seconds);
  }
}

const counters = (all: ReadonlyMap<string, Series>): Sample[] =>
  [...all.values()].map(({ labels, seconds }) => ({ labels, value: seconds.count }));

function histograms(all: ReadonlyMap<string, Series>): Sample[] {
  const name = "apiserver_request_duration_seconds";
  return [...all.values()].flatMap(({ labels: { code: _, ...labels }, seconds }) =>
    histogramSamples(name, labels, seconds),
  );
}
