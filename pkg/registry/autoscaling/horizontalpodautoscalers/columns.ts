import type { HorizontalPodAutoscaler as HpaV1 } from "#api/types/autoscaling/v1";
import type {
  HorizontalPodAutoscaler,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "#api/types/autoscaling/v2";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

const unknown = "<unknown>";
/** More metrics than these are only counted. */
const shownMax = 2;

export const horizontalPodAutoscalerCells: Cells<HorizontalPodAutoscaler> = (autoscaler, now) => {
  const { spec, status } = autoscaler;
  return [
    nameOf(autoscaler),
    `${spec?.scaleTargetRef.kind}/${spec?.scaleTargetRef.name}`,
    targetsOf(autoscaler),
    spec?.minReplicas === undefined ? "<unset>" : String(spec.minReplicas),
    spec?.maxReplicas ?? 0,
    status?.currentReplicas ?? 0,
    age(autoscaler, now),
  ];
};

function targetsOf(autoscaler: Readonly<HorizontalPodAutoscaler>): string {
  if (autoscaler.apiVersion === "autoscaling/v1") return targetOfV1(autoscaler as unknown as HpaV1);
  const { spec, status } = autoscaler;
  const metrics = spec?.metrics ?? [];
  if (metrics.length === 0) return "<none>";
  const shown = metrics.slice(0, shownMax).map((metric, at) => metricText(metric, status?.currentMetrics?.[at]));
  const more = metrics.length - shown.length;
  return more > 0 ? `${shown.join(", ")} + ${more} more...` : shown.join(", ");
}

function targetOfV1({ spec, status }: HpaV1): string {
  if (spec?.targetCPUUtilizationPercentage === undefined) return "<none>";
  const current = status?.currentCPUUtilizationPercentage;
  return `cpu: ${current === undefined ? unknown : `${current}%`}/${spec.targetCPUUtilizationPercentage}%`;
}

function metricText(metric: MetricSpec, status: MetricStatus | undefined): string {
  switch (metric.type) {
    case "Resource":
      return `${metric.resource?.name}: ${pair(metric.resource?.target, status?.resource?.current)}`;
    case "ContainerResource":
      return `${metric.containerResource?.name}: ${pair(metric.containerResource?.target, status?.containerResource?.current)}`;
    case "Pods":
      return pair(metric.pods?.target, status?.pods?.current);
    case "Object":
      return pair(metric.object?.target, status?.object?.current);
    case "External":
      return pair(metric.external?.target, status?.external?.current);
    default:
      return "<unknown type>";
  }
}

function pair(target: MetricTarget | undefined, current: MetricValueStatus | undefined): string {
  if (target?.averageUtilization !== undefined) {
    const now = current?.averageUtilization;
    return `${now === undefined ? unknown : `${now}%`}/${target.averageUtilization}%`;
  }
  if (target?.averageValue !== undefined) return `${current?.averageValue ?? unknown}/${target.averageValue} (avg)`;
  return `${current?.value ?? unknown}/${target?.value ?? "<auto>"}`;
}
