/** Autoscalers are stored as autoscaling/v2. v1 knows only a processor target; the rest travels in annotations. */
import type { HorizontalPodAutoscaler as V1 } from "#api/types/autoscaling/v1";
import type { MetricSpec, MetricStatus, HorizontalPodAutoscaler as V2 } from "#api/types/autoscaling/v2";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Conversion } from "../served-resource.ts";

const metricsAnnotation = "autoscaling.alpha.kubernetes.io/metrics";
const currentAnnotation = "autoscaling.alpha.kubernetes.io/current-metrics";
const conditionsAnnotation = "autoscaling.alpha.kubernetes.io/conditions";
const behaviorAnnotation = "autoscaling.alpha.kubernetes.io/behavior";

const isCpu = (m: MetricSpec | MetricStatus): boolean => m.type === "Resource" && m.resource?.name === "cpu";

function isCpuUtilization(metric: MetricSpec): boolean {
  return isCpu(metric) && metric.resource?.target.averageUtilization !== undefined;
}

function toServed(object: KubeObject): KubeObject {
  const v2 = object as V2;
  const { metrics = [], behavior, ...spec } = v2.spec ?? {};
  const cpu = metrics.find(isCpuUtilization);
  const others = metrics.filter((m) => m !== cpu);
  const { currentMetrics: known, conditions: told, ...status } = v2.status ?? {};
  // Null where nothing was measured yet: the field is always written.
  const currentMetrics = known ?? [];
  const conditions = told ?? [];
  const annotations: Record<string, string> = { ...v2.metadata?.annotations };
  if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others);
  if (behavior) annotations[behaviorAnnotation] = JSON.stringify(behavior);
  if (currentMetrics.length > 0) annotations[currentAnnotation] = JSON.stringify(currentMetrics);
  if (conditions.length > 0) annotations[conditionsAnnotation] = JSON.stringify(conditions);
  const current = currentMetrics.find(isCpu)?.resource?.current.averageUtilization;
  const target = cpu?.resource?.target.averageUtilization;
  return {
    ...v2,
    apiVersion: "autoscaling/v1",
    metadata: withAnnotations(v2.metadata ?? {}, annotations),
    spec: { ...spec, ...(target === undefined ? {} : { targetCPUUtilizationPercentage: target }) },
    status: {
      currentReplicas: 0,
      ...status,
      ...(current === undefined ? {} : { currentCPUUtilizationPercentage: current }),
    },
  } as unknown as KubeObject;
}

function toStored(object: KubeObject): KubeObject {
  const v1 = object as V1;
  const { targetCPUUtilizationPercentage: target, ...spec } = v1.spec ?? {};
  const { currentCPUUtilizationPercentage: _, ...status } = v1.status ?? {};
  const annotations: Record<string, string> = { ...v1.metadata?.annotations };
  const take = (key: string): unknown => {
    const text = annotations[key];
    delete annotations[key];
    return parseOrNothing(text);
  };
  const metrics = (take(metricsAnnotation) as MetricSpec[] | undefined) ?? [];
  const behavior = take(behaviorAnnotation);
  const currentMetrics = take(currentAnnotation);
  const conditions = take(conditionsAnnotation);
  if (target !== undefined) {
    metrics.push({
      type: "Resource",
      resource: { name: "cpu", target: { type: "Utilization", averageUtilization: target } },
    });
  }
  return {
    ...v1,
    apiVersion: "autoscaling/v2",
    metadata: withAnnotations(v1.metadata ?? {}, annotations),
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}), ...(behavior ? { behavior } : {}) },
    status: { ...status, ...(currentMetrics ? { currentMetrics } : {}), ...(conditions ? { conditions } : {}) },
  } as unknown as KubeObject;
}

function withAnnotations(
  metadata: KubeObject["metadata"],
  annotations: Record<string, string>,
): KubeObject["metadata"] {
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
}

function parseOrNothing(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    // What people wrote into the annotation by hand is not ours to fail on.
    return undefined;
  }
}

export const autoscalerV1: Conversion = { toServed, toStored };
