/** The three APIs of metrics, which servers beside the API server provide. Amounts are in thousandths. */
import type { CrossVersionObjectReference } from "#api/types/autoscaling/v2";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import { type Client, isNotFound } from "#pkg/client/index.ts";
import { groupResourceText, type ServedKinds, splitApiVersion } from "../framework/served-kinds.ts";
import type { PodMetrics } from "./pod-groups.ts";

interface List<T> {
  readonly items?: readonly T[];
}

interface PodUsage {
  readonly metadata: { readonly name: string };
  readonly timestamp: string;
  readonly window: string;
  readonly containers?: readonly { readonly name: string; readonly usage?: Readonly<Record<string, string>> }[];
}

interface MetricValue {
  readonly describedObject?: { readonly name?: string };
  readonly timestamp: string;
  /** v1beta2 and v1beta1. */
  readonly windowSeconds?: number;
  readonly window?: number;
  readonly value: string;
}

const custom = "custom.metrics.k8s.io";
const customVersions = ["v1beta2", "v1beta1"];
const windowMsDefault = 60_000;

const milliOf = (text: string): number => Number(parseQuantity(text).milliValue());
const timeOf = (text: string): number => Date.parse(text) || 0;

const queryOf = (parameters: Readonly<Record<string, string>>): string => {
  const query = new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== ""));
  return query.size > 0 ? `?${query}` : "";
};

export class MetricsClient {
  readonly #client: Pick<Client, "request">;
  readonly #kinds: ServedKinds;

  constructor(client: Pick<Client, "request">, kinds: ServedKinds) {
    this.#client = client;
    this.#kinds = kinds;
  }

  /** What each pod uses of a resource; `container` names the only one that counts. Pods without a measure are left out. */
  async resource(
    of: { resource: string; namespace: string; selector: string; container: string },
    signal: AbortSignal,
  ): Promise<PodMetrics> {
    const path = `/apis/metrics.k8s.io/v1beta1/namespaces/${of.namespace}/pods${queryOf({ labelSelector: of.selector })}`;
    const items = await this.#items<PodUsage>("resource", path, "pods.metrics.k8s.io", signal);
    const metrics: PodMetrics = new Map();
    for (const { metadata, timestamp, window, containers = [] } of items) {
      const counted = of.container === "" ? containers : containers.filter(({ name }) => name === of.container);
      const amounts = counted.map(({ usage }) => usage?.[of.resource]);
      if (amounts.length === 0 || amounts.includes(undefined)) continue;
      const value = amounts.reduce((sum: number, amount) => sum + milliOf(amount ?? "0"), 0);
      metrics.set(metadata.name, { value, at: timeOf(timestamp), windowMs: parseDuration(window) });
    }
    return metrics;
  }

  /** A metric of each of the selected pods. */
  async pods(
    of: { metric: string; namespace: string; selector: string; metricSelector: string },
    signal: AbortSignal,
  ): Promise<PodMetrics> {
    const query = queryOf({ labelSelector: of.selector, metricLabelSelector: of.metricSelector });
    const items = await this.#custom(`namespaces/${of.namespace}/pods/*/${of.metric}${query}`, "pods", signal);
    if (items.length === 0) throw new Error("no metrics returned from custom metrics API");
    return new Map(
      items.map(({ describedObject, timestamp, windowSeconds, window, value }) => {
        const seconds = windowSeconds ?? window;
        const windowMs = seconds === undefined ? windowMsDefault : seconds * 1000;
        return [describedObject?.name ?? "", { value: milliOf(value), at: timeOf(timestamp), windowMs }];
      }),
    );
  }

  /** A metric of one object. */
  async object(
    of: { metric: string; namespace: string; object: CrossVersionObjectReference; metricSelector: string },
    signal: AbortSignal,
  ): Promise<number> {
    const { kind, name, apiVersion = "v1" } = of.object;
    const query = queryOf({ metricLabelSelector: of.metricSelector });
    const isNamespace = kind === "Namespace" && splitApiVersion(apiVersion).group === "";
    const place = isNamespace ? "metrics" : `${await this.#resourceOf(apiVersion, kind, signal)}/${name}`;
    const items = await this.#custom(`namespaces/${of.namespace}/${place}/${of.metric}${query}`, place, signal);
    const [only] = items;
    if (!only || items.length !== 1) {
      const why = `the custom metrics API server returned ${items.length} results when we asked for exactly one`;
      throw new Error(`unable to fetch metrics from custom metrics API: ${why}`);
    }
    return milliOf(only.value);
  }

  /** Every value of a metric from outside of the cluster. */
  async external(
    of: { metric: string; namespace: string; metricSelector: string },
    signal: AbortSignal,
  ): Promise<number[]> {
    const query = queryOf({ labelSelector: of.metricSelector });
    const path = `/apis/external.metrics.k8s.io/v1beta1/namespaces/${of.namespace}/${of.metric}${query}`;
    const resource = `${of.metric}.external.metrics.k8s.io`;
    const items = await this.#items<MetricValue>("external", path, resource, signal);
    return items.map(({ value }) => milliOf(value));
  }

  async #resourceOf(apiVersion: string, kind: string, signal: AbortSignal): Promise<string> {
    try {
      return groupResourceText((await this.#kinds.ensureInGroup(splitApiVersion(apiVersion).group, kind, signal)).ref);
    } catch (error) {
      const why = `unable to map kind ${kind} to resource: ${(error as Error).message}`;
      throw new Error(`unable to fetch metrics from custom metrics API: ${why}`, { cause: error });
    }
  }

  async #custom(rest: string, resource: string, signal: AbortSignal): Promise<readonly MetricValue[]> {
    const version = await this.#customVersion(signal);
    return this.#items("custom", `/apis/${custom}/${version}/${rest}`, `${resource}.${custom}`, signal);
  }

  async #customVersion(signal: AbortSignal): Promise<string> {
    const path = `/apis/${custom}`;
    interface Group {
      readonly preferredVersion?: { readonly version: string };
      readonly versions?: readonly { readonly version: string }[];
    }
    const group = await this.#client.request<Group>("GET", path, undefined, { signal }).catch((error: unknown) => {
      const why = isNotFound(error) ? `no custom metrics API (${custom}) registered` : (error as Error).message;
      throw new Error(`unable to fetch metrics from custom metrics API: ${why}`, { cause: error });
    });
    const served = [group.preferredVersion, ...(group.versions ?? [])].map((each) => each?.version ?? "");
    const version = served.find((each) => customVersions.includes(each));
    if (version === undefined) {
      throw new Error("unable to fetch metrics from custom metrics API: no known available metric versions found");
    }
    return version;
  }

  async #items<T>(api: string, path: string, resource: string, signal: AbortSignal): Promise<readonly T[]> {
    const list = await this.#client.request<List<T>>("GET", path, undefined, { signal }).catch((error: unknown) => {
      const why = clientText(error, `get ${resource}`);
      throw new Error(`unable to fetch metrics from ${api} metrics API: ${why}`, { cause: error });
    });
    const items = list.items ?? [];
    if (items.length === 0 && api !== "custom") throw new Error(`no metrics returned from ${api} metrics API`);
    return items;
  }
}

/** As clients of upstream say it, which people search for. */
function clientText(error: unknown, request: string): string {
  if (isNotFound(error)) return `the server could not find the requested resource (${request})`;
  if (error instanceof StatusError && error.reason === "ServiceUnavailable") {
    return `the server is currently unable to handle the request (${request})`;
  }
  return (error as Error).message;
}
