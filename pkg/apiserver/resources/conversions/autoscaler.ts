/** Autoscalers are stored as autoscaling/v2. v1 knows only a processor target; the rest travels in annotations. */
import type { HorizontalPodAutoscaler as V1 } from "#api/types/autoscaling/v1";
import type { MetricSpec, MetricStatus, HorizontalPodAutoscaler as V2 } from "#api/types/autoscaling/v2";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Conversion } from "../served-resource.ts";
import { behaviorFromV1, behaviorToV1 } from "./autoscaler-behavior.ts";
import { specFromV1, specToV1, statusFromV1, statusToV1 } from "./autoscaler-metrics.ts";

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
  if (others.length > 0) annotations[metricsAnnotation] = JSON.stringify(others.map(specToV1));
  if (behavior) annotations[behaviorAnnotation] = JSON.stringify(behaviorToV1(behavior));
  if (currentMetrics.length > 0) {
    annotations[currentAnnotation] = JSON.stringify(currentMetrics.map(statusToV1));
  }
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
  const { currentCPUUtilizationPercentage: current, ...status } = v1.status ?? {};
  const annotations: Record<string, string> = { ...v1.metadata?.annotations };
  const take = <T>(key: string, read: (written: never) => T): T | undefined => {
    const text = annotations[key];
    delete annotations[key];
    return text === undefined ? undefined : readOrNothing(text, read);
  };
  const metrics = take(metricsAnnotation, (list: never[]) => list.map(specFromV1)) ?? [];
  const behavior = take(behaviorAnnotation, behaviorFromV1);
  // What the annotation says is more exact than the one number.
  const currentMetrics =
    take(currentAnnotation, (list: never[]) => list.map(statusFromV1)) ??
    (current === undefined ? [] : [cpuAt(current)]);
  const conditions = take(conditionsAnnotation, (list: unknown[]) => list);
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
    status: {
      ...status,
      ...(currentMetrics.length > 0 ? { currentMetrics } : {}),
      ...(conditions ? { conditions } : {}),
    },
  } as unknown as KubeObject;
}

function withAnnotations(
  metadata: KubeObject["metadata"],
  annotations: Record<string, string>,
): KubeObject["metadata"] {
  const { annotations: _, ...rest } = metadata;
  return Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest;
}

const cpuAt = (averageUtilization: number): MetricStatus => ({
  type: "Resource",
  resource: { name: "cpu", current: { averageUtilization } },
});

function readOrNothing<T>(text: string, read: (written: never) => T): T | undefined {
  try {
    return read(JSON.parse(text) as never);
  } catch {
    // What people wrote into the annotation by hand is not ours to fail on.
    return undefined;
  }
}

export const autoscalerV1: Conversion = { toServed, toStored };
