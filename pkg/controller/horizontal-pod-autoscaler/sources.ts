/** What each kind of metric proposes, and what the status says of it. */
import type { HorizontalPodAutoscaler, MetricSpec, MetricStatus, MetricTarget } from "#api/types/autoscaling/v2";
import type { Pod } from "#api/types/core/v1";
import type { LabelSelector as LabelSelectorSpec } from "#api/types/meta/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { parseQuantity, Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { isReady } from "../framework/pods.ts";
import { selectorText } from "../framework/selector-text.ts";
import type { MetricsClient } from "./metrics-client.ts";
import { groupPods, type PodMetrics, type ReadinessRules, requestsOf } from "./pod-groups.ts";
import {
  averageUsage,
  type Proposal,
  proposeByRatio,
  proposeByShare,
  proposePerPod,
  type Usage,
  utilizationUsage,
} from "./replicas.ts";
import type { Tolerances } from "./tolerance.ts";

/** The autoscaler's target as it is. */
export interface Target {
  readonly autoscaler: Readonly<HorizontalPodAutoscaler>;
  readonly selector: string;
  /** What the selector selects. */
  readonly pods: readonly Readonly<Pod>[];
  readonly specReplicas: number;
  readonly statusReplicas: number;
  readonly tolerances: Tolerances;
  readonly rules: ReadinessRules;
  readonly now: number;
}

export interface MetricProposal {
  readonly replicas: number;
  /** How events name the metric. */
  readonly name: string;
  readonly status: MetricStatus;
}

/** A metric that says nothing: why, for the condition (`text`) and for the caller (`message`). */
export class MetricError extends Error {
  readonly reason: string;
  readonly text: string;

  constructor(reason: string, text: string, context: string, cause: unknown) {
    super(context === "" ? text : `${context}: ${text}`, { cause });
    this.reason = reason;
    this.text = text;
  }
}

const milliOf = (text: string): number => Number(parseQuantity(text).milliValue());
const print = (milli: number): string => Quantity.fromMilli(milli).toString();

type Ask = (client: MetricsClient, spec: MetricSpec, target: Target, signal: AbortSignal) => Promise<MetricProposal>;

interface Source {
  readonly ask: Ask;
  readonly reason: string;
  /** What failed. */
  readonly context: (spec: MetricSpec) => string;
}

const sources: ReadonlyMap<string, Source> = new Map<string, Source>([
  [
    "Object",
    {
      ask: askObject,
      reason: "FailedGetObjectMetric",
      context: ({ object }) => {
        const inner = object?.target.type === "Value" ? "" : `: failed to get ${object?.metric.name} object metric`;
        return `failed to get object metric value${inner}`;
      },
    },
  ],
  ["Pods", { ask: askPods, reason: "FailedGetPodsMetric", context: () => "failed to get pods metric value" }],
  [
    "Resource",
    {
      ask: askResource,
      reason: "FailedGetResourceMetric",
      context: ({ resource }) => `failed to get ${resource?.name} resource metric value`,
    },
  ],
  [
    "ContainerResource",
    {
      ask: askContainer,
      reason: "FailedGetContainerResourceMetric",
      context: ({ containerResource }) => `failed to get ${containerResource?.container} container metric value`,
    },
  ],
  [
    "External",
    {
      ask: askExternal,
      reason: "FailedGetExternalMetric",
      context: ({ external }) => {
        const name = external?.metric.name;
        const inner =
          external?.target.averageValue === undefined ? `external metric ${name}` : `${name} external metric`;
        return `failed to get ${name} external metric value: failed to get ${inner}`;
      },
    },
  ],
]);

/** Throws MetricError. */
export async function propose(
  client: MetricsClient,
  spec: MetricSpec,
  target: Target,
  signal: AbortSignal,
): Promise<MetricProposal> {
  const source = sources.get(spec.type);
  if (!source) {
    const why = `unknown metric source type ${JSON.stringify(spec.type)}`;
    throw new MetricError("InvalidMetricSourceType", why, "", undefined);
  }
  try {
    return await source.ask(client, spec, target, signal);
  } catch (error) {
    throw new MetricError(source.reason, (error as Error).message, source.context(spec), error);
  }
}

const namespaceOf = ({ autoscaler }: Target): string => autoscaler.metadata.namespace ?? "";
const metricSelectorOf = (selector: LabelSelectorSpec | undefined): string => labelSelectorFrom(selector).toString();

function perPod(
  metrics: PodMetrics,
  target: Target,
  resource: string,
  of: { assumed: (pod: string) => number; usageOf: (metrics: PodMetrics) => Usage },
): Proposal {
  const { pods, specReplicas: currentReplicas, tolerances, rules, now } = target;
  const groups = groupPods(pods, { metrics, resource, rules, now });
  return proposePerPod({ metrics, groups, currentReplicas, tolerances, ...of });
}

function ensurePods({ pods }: Target): void {
  if (pods.length === 0) throw new Error("no pods returned by selector while calculating replica count");
}

interface ResourceAsk {
  readonly resource: string;
  readonly container: string;
  readonly wanted: MetricTarget;
}

async function perResource(
  client: MetricsClient,
  { resource, container, wanted }: ResourceAsk,
  target: Target,
  signal: AbortSignal,
): Promise<Proposal> {
  const { averageValue, averageUtilization } = wanted;
  if (averageValue === undefined && averageUtilization === undefined) {
    const why = "neither an average utilization target nor an average value (usage) target was set";
    throw new Error(`invalid resource metric source: ${why}`);
  }
  const what = averageValue === undefined ? "utilization" : "usage";
  try {
    const asked = { resource, namespace: namespaceOf(target), selector: target.selector, container };
    const metrics = await client.resource(asked, signal).catch((error: Error) => {
      throw new Error(`unable to get metrics for resource ${resource}: ${error.message}`, { cause: error });
    });
    ensurePods(target);
    if (averageValue !== undefined) {
      const average = milliOf(averageValue);
      return perPod(metrics, target, resource, { assumed: () => average, usageOf: averageUsage(average) });
    }
    const percent = averageUtilization ?? 0;
    // Only once there are measures: without any, what is requested does not matter.
    let known: ReadonlyMap<string, number> | undefined;
    const requests = () => {
      known ??= requestsOf(target.pods, container, resource);
      return known;
    };
    const assumed = (pod: string) => Math.trunc(((requests().get(pod) ?? 0) * Math.max(100, percent)) / 100);
    const usageOf = (measured: PodMetrics) => utilizationUsage(percent, requests())(measured);
    return perPod(metrics, target, resource, { assumed, usageOf });
  } catch (error) {
    throw new Error(`failed to get ${resource} ${what}: ${(error as Error).message}`, { cause: error });
  }
}

const currentOf = (resource: string, { average, utilization }: Usage) => ({
  ...(utilization === undefined ? {} : { averageUtilization: utilization }),
  averageValue: Quantity.fromMilli(average, resource === "memory" ? "BinarySI" : "DecimalSI").toString(),
});

async function askResource(...[client, spec, target, signal]: Parameters<Ask>): Promise<MetricProposal> {
  const { name, target: wanted } = spec.resource ?? { name: "", target: { type: "" } };
  const { replicas, usage } = await perResource(client, { resource: name, container: "", wanted }, target, signal);
  return {
    replicas,
    name: usage.utilization === undefined ? `${name} resource` : `${name} resource utilization (percentage of request)`,
    status: { type: spec.type, resource: { name, current: currentOf(name, usage) } },
  };
}

async function askContainer(...[client, spec, target, signal]: Parameters<Ask>): Promise<MetricProposal> {
  const {
    name,
    container,
    target: wanted,
  } = spec.containerResource ?? { name: "", container: "", target: { type: "" } };
  const { replicas, usage } = await perResource(client, { resource: name, container, wanted }, target, signal);
  return {
    replicas,
    name:
      usage.utilization === undefined
        ? `${name} resource`
        : `${name} container resource utilization (percentage of request)`,
    status: { type: spec.type, containerResource: { name, container, current: currentOf(name, usage) } },
  };
}

async function askPods(...[client, spec, target, signal]: Parameters<Ask>): Promise<MetricProposal> {
  const { metric, target: wanted } = spec.pods ?? { metric: { name: "" }, target: { type: "" } };
  const asked = {
    metric: metric.name,
    namespace: namespaceOf(target),
    selector: target.selector,
    metricSelector: metricSelectorOf(metric.selector),
  };
  const metrics = await client.pods(asked, signal).catch((error: Error) => {
    throw new Error(`unable to get metric ${metric.name}: ${error.message}`, { cause: error });
  });
  ensurePods(target);
  const average = milliOf(wanted.averageValue ?? "0");
  const { replicas, usage } = perPod(metrics, target, "", { assumed: () => average, usageOf: averageUsage(average) });
  return {
    replicas,
    name: `pods metric ${metric.name}`,
    status: { type: spec.type, pods: { metric, current: { averageValue: print(usage.average) } } },
  };
}

const readyCount = (target: Target) => (): number => {
  ensurePods(target);
  return target.pods.filter((pod) => pod.status?.phase === "Running" && isReady(pod)).length;
};

async function askObject(...[client, spec, target, signal]: Parameters<Ask>): Promise<MetricProposal> {
  const { object } = spec;
  const { type, value, averageValue } = object?.target ?? {};
  if (!object || !((type === "Value" && value) || (type === "AverageValue" && averageValue))) {
    throw new Error("invalid object metric source: neither a value target nor an average value target was set");
  }
  const { metric, describedObject } = object;
  const namespace = namespaceOf(target);
  const { kind, name } = describedObject;
  const asked = {
    metric: metric.name,
    namespace,
    object: describedObject,
    metricSelector: metricSelectorOf(metric.selector),
  };
  const isWhole = type === "Value";
  const usage = await client.object(asked, signal).catch((error: Error) => {
    const why = `unable to get metric ${metric.name}: ${kind} on ${namespace} ${name}/${error.message}`;
    throw new Error(why, { cause: error });
  });
  const { replicas, current } = isWhole
    ? byRatio(usage, value ?? "0", target)
    : byShare(usage, averageValue ?? "0", target);
  return {
    replicas,
    name: isWhole
      ? `${kind} metric ${metric.name}`
      : `external metric ${metric.name}(${selectorText(metric.selector)})`,
    status: { type: spec.type, object: { metric, describedObject, current } },
  };
}

function byRatio(usage: number, value: string, target: Target) {
  const { specReplicas: currentReplicas, tolerances } = target;
  const facts = { currentReplicas, tolerances, readyCount: readyCount(target) };
  return { replicas: proposeByRatio(usage / milliOf(value), facts), current: { value: print(usage) } };
}

function byShare(usage: number, averageValue: string, { statusReplicas, tolerances }: Target) {
  const { replicas, average } = proposeByShare(usage, milliOf(averageValue), { statusReplicas, tolerances });
  return { replicas, current: { averageValue: print(average) } };
}

async function askExternal(...[client, spec, target, signal]: Parameters<Ask>): Promise<MetricProposal> {
  const { metric, target: wanted } = spec.external ?? { metric: { name: "" }, target: { type: "" } };
  const { value, averageValue } = wanted;
  if (value === undefined && averageValue === undefined) {
    throw new Error("invalid external metric source: neither a value target nor an average value target was set");
  }
  const namespace = namespaceOf(target);
  const asked = { metric: metric.name, namespace, metricSelector: metricSelectorOf(metric.selector) };
  const values = await client.external(asked, signal).catch((error: Error) => {
    const where = `${namespace}/${metric.name}/${selectorText(metric.selector)}`;
    throw new Error(`unable to get external metric ${where}: ${error.message}`, { cause: error });
  });
  const usage = values.reduce((sum, each) => sum + each, 0);
  const { replicas, current } =
    averageValue === undefined ? byRatio(usage, value ?? "0", target) : byShare(usage, averageValue, target);
  return {
    replicas,
    name: `external metric ${metric.name}(${selectorText(metric.selector)})`,
    status: { type: spec.type, external: { metric, current } },
  };
}
