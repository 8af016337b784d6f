/** `/metrics` of the kubelet itself, and `/metrics/resource` of what runs on it. Names are upstream's. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { ServerHost } from "./host.ts";
import type { Usage } from "./stats.ts";

export class KubeletMetrics {
  readonly registry = new Registry();
  readonly #requests: Counter;

  constructor(host: ServerHost) {
    collectDefaultMetrics({ register: this.registry });
    for (const collector of host.collectors) this.registry.registerMetric(collector);
    const registers = [this.registry];
    this.#requests = new Counter({
      name: "kubelet_http_requests_total",
      help: "Requests that the server got.",
      labelNames: ["method", "path", "server_type", "long_running"],
      registers,
    });
    new Gauge({
      name: "kubelet_node_name",
      help: "The node's name.",
      labelNames: ["node"],
      registers,
    }).set({ node: host.nodeName }, 1);
    new Gauge({
      name: "kubelet_running_pods",
      help: "Pods that have a running container.",
      registers,
      collect() {
        this.set([...host.pods()].filter(({ status }) => runningIn(status.containerStatuses) > 0).length);
      },
    });
    new Gauge({
      name: "kubelet_running_containers",
      help: "Containers by state.",
      labelNames: ["container_state"],
      registers,
      collect() {
        const count = [...host.pods()].reduce((total, { status }) => total + runningIn(status.containerStatuses), 0);
        this.set({ container_state: "running" }, count);
      },
    });
  }

  /** `path` is the first word of the request's path, and one of the server's own. */
  count(method: string, path: string, longRunning: boolean): void {
    this.#requests.inc({ method, path, server_type: "readwrite", long_running: String(longRunning) });
  }
}

const runningIn = (statuses: readonly { state?: { running?: object } }[] | undefined): number =>
  (statuses ?? []).filter(({ state }) => state?.running).length;

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Milliseconds since the epoch. */
  readonly time?: number;
}

/** The text of `/metrics/resource`. Never rejects: a failure is a metric too. */
export async function resourceMetrics(host: ServerHost, usage: Usage): Promise<string> {
  try {
    const [node, pods] = await Promise.all([usage.node(), usage.pods()]);
    const now = host.clock.now();
    const containers = pods.flatMap((pod) =>
      pod.containers.map((one) => ({
        one,
        labels: { container: one.name, namespace: pod.namespace, pod: pod.name },
      })),
    );
    const ofContainers = (read: (one: (typeof containers)[number]["one"]) => number | undefined): Sample[] =>
      containers.flatMap(({ one, labels }) => {
        const value = read(one);
        return value === undefined ? [] : [{ labels, value, time: one.time }];
      });
    const ofPods = (read: (one: (typeof containers)[number]["one"]) => number | undefined): Sample[] =>
      pods.map((pod) => ({
        labels: { namespace: pod.namespace, pod: pod.name },
        value: pod.containers.reduce((total, one) => total + (read(one) ?? 0), 0),
        time: now,
      }));
    const seconds = (nanoseconds: number | undefined) => (nanoseconds === undefined ? undefined : nanoseconds / 1e9);
    return [
      family(
        "container_cpu_usage_seconds_total",
        "counter",
        ofContainers((one) => seconds(one.cpuNanoseconds)),
      ),
      family(
        "container_memory_working_set_bytes",
        "gauge",
        ofContainers((one) => one.workingSetBytes),
      ),
      family(
        "container_start_time_seconds",
        "gauge",
        ofContainers((one) => one.startedAt / 1000),
      ),
      family("node_cpu_usage_seconds_total", "counter", [{ labels: {}, value: node.cpuNanoseconds / 1e9, time: now }]),
      family("node_memory_working_set_bytes", "gauge", [{ labels: {}, value: node.memoryWorkingSetBytes, time: now }]),
      family(
        "pod_cpu_usage_seconds_total",
        "counter",
        ofPods((one) => seconds(one.cpuNanoseconds)),
      ),
      family(
        "pod_memory_working_set_bytes",
        "gauge",
        ofPods((one) => one.workingSetBytes),
      ),
      family("resource_scrape_error", "gauge", [{ labels: {}, value: 0 }]),
    ].join("");
  } catch (err) {
    host.log.warn({ err }, "resource usage could not be read");
    return family("resource_scrape_error", "gauge", [{ labels: {}, value: 1 }]);
  }
}

const help: Readonly<Record<string, string>> = {
  container_cpu_usage_seconds_total: "Processor time of the container in seconds.",
  container_memory_working_set_bytes: "Working set of the container in bytes.",
  container_start_time_seconds: "When the container started, in seconds since the epoch.",
  node_cpu_usage_seconds_total: "Processor time of the node in seconds.",
  node_memory_working_set_bytes: "Working set of the node in bytes.",
  pod_cpu_usage_seconds_total: "Processor time of the pod in seconds.",
  pod_memory_working_set_bytes: "Working set of the pod in bytes.",
  resource_scrape_error: "1 when usage could not be read.",
};

function family(name: string, type: "counter" | "gauge", samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value, time }) => {
    const pairs = Object.entries(labels).map(([key, text]) => `${key}=${JSON.stringify(text)}`);
    const named = pairs.length > 0 ? `${name}{${pairs.join(",")}}` : name;
    return `${named} ${value}${time === undefined ? "" : ` ${Math.round(time)}`}`;
  });
  return [`# HELP ${name} ${help[name]}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n");
}
