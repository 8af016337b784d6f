/**
 * Metrics as autoscaling/v1 writes them into annotations: each sort flat, with `target…` and `current…` in its names. Members
 * are in the order in which upstream writes them. Texts: amounts are quantities; one that must be there is "0" where v2 has none.
 */
import type {
  MetricIdentifier,
  MetricSpec,
  MetricStatus,
  MetricTarget,
  MetricValueStatus,
} from "#api/types/autoscaling/v2";
import type { LabelSelector } from "#api/types/meta/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

type Members = Readonly<Record<string, unknown>>;

/** Without the members that are not there. */
const known = (members: Members): Members =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/** Of a metric of one sort, at its place. */
const sorted = (type: string, members: Members): Members => ({ type, ...known(members) });

const object = ({ describedObject: { kind, name, apiVersion } }: NonNullable<MetricSpec["object"]>): Members =>
  known({ kind, name, apiVersion: apiVersion || undefined });

export const specToV1 = ({ type, ...of }: MetricSpec): Members =>
  sorted(type, {
    object: of.object && {
      target: object(of.object),
      metricName: of.object.metric.name,
      targetValue: of.object.target.value ?? "0",
      ...known({ selector: of.object.metric.selector, averageValue: of.object.target.averageValue }),
    },
    pods: of.pods && {
      metricName: of.pods.metric.name,
      targetAverageValue: of.pods.target.averageValue ?? "0",
      ...known({ selector: of.pods.metric.selector }),
    },
    resource: of.resource && { name: of.resource.name, ...resourceTarget(of.resource.target) },
    containerResource: of.containerResource && {
      name: of.containerResource.name,
      ...resourceTarget(of.containerResource.target),
      container: of.containerResource.container,
    },
    external: of.external && {
      metricName: of.external.metric.name,
      ...known({
        metricSelector: of.external.metric.selector,
        targetValue: of.external.target.value,
        targetAverageValue: of.external.target.averageValue,
      }),
    },
  });

const resourceTarget = ({ averageUtilization, averageValue }: MetricTarget): Members =>
  known({ targetAverageUtilization: averageUtilization, targetAverageValue: averageValue });

export const statusToV1 = ({ type, ...of }: MetricStatus): Members =>
  sorted(type, {
    object: of.object && {
      target: object({ ...of.object, target: { type: "" } }),
      metricName: of.object.metric.name,
      currentValue: of.object.current.value ?? "0",
      ...known({ selector: of.object.metric.selector, averageValue: of.object.current.averageValue }),
    },
    pods: of.pods && {
      metricName: of.pods.metric.name,
      currentAverageValue: of.pods.current.averageValue ?? "0",
      ...known({ selector: of.pods.metric.selector }),
    },
    resource: of.resource && { name: of.resource.name, ...resourceCurrent(of.resource.current) },
    containerResource: of.containerResource && {
      name: of.containerResource.name,
      ...resourceCurrent(of.containerResource.current),
      container: of.containerResource.container,
    },
    external: of.external && {
      metricName: of.external.metric.name,
      ...known({ metricSelector: of.external.metric.selector }),
      currentValue: of.external.current.value ?? "0",
      ...known({ currentAverageValue: of.external.current.averageValue }),
    },
  });

const resourceCurrent = ({ averageUtilization, averageValue }: MetricValueStatus): Members => ({
  ...known({ currentAverageUtilization: averageUtilization }),
  currentAverageValue: averageValue ?? "0",
});

/** What somebody wrote into an annotation: anything may be missing, or be something else. */
interface Written {
  readonly type?: unknown;
  readonly object?: Members;
  readonly pods?: Members;
  readonly resource?: Members;
  readonly containerResource?: Members;
  readonly external?: Members;
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");

/** Throws for what is no amount. */
const amount = (value: unknown): string | undefined =>
  value === undefined || value === null ? undefined : parseQuantity(String(value)).toString();

const percent = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);

function metric(name: unknown, selector: unknown): MetricIdentifier {
  return { name: text(name), ...(selector ? { selector: selector as LabelSelector } : {}) };
}

/** The amounts that are there, under the names of v2. */
const amounts = (of: { value?: unknown; averageValue?: unknown; averageUtilization?: unknown }): MetricValueStatus =>
  known({
    value: amount(of.value),
    averageValue: amount(of.averageValue),
    averageUtilization: percent(of.averageUtilization),
  }) as MetricValueStatus;

function describedObject(target: unknown): NonNullable<MetricSpec["object"]>["describedObject"] {
  const { kind, name, apiVersion } = (target ?? {}) as Members;
  return { kind: text(kind), name: text(name), ...(text(apiVersion) ? { apiVersion: text(apiVersion) } : {}) };
}

/** Throws for what is no amount. */
export function specFromV1(written: Written): MetricSpec {
  const { object: o, pods: p, resource: r, containerResource: c, external: e } = written;
  const ofResource = (of: Members): MetricTarget => {
    const { targetAverageUtilization: averageUtilization, targetAverageValue: averageValue } = of;
    const type = typeof averageUtilization === "number" ? "Utilization" : "AverageValue";
    return { type, ...amounts({ averageValue, averageUtilization }) };
  };
  const spec: Members = {
    object: o && {
      describedObject: describedObject(o["target"]),
      target: {
        type: o["averageValue"] === undefined ? "Value" : "AverageValue",
        ...amounts({ value: o["targetValue"] ?? "0", averageValue: o["averageValue"] }),
      },
      metric: metric(o["metricName"], o["selector"]),
    },
    pods: p && {
      metric: metric(p["metricName"], p["selector"]),
      target: { type: "AverageValue", ...amounts({ averageValue: p["targetAverageValue"] ?? "0" }) },
    },
    resource: r && { name: text(r["name"]), target: ofResource(r) },
    containerResource: c && { name: text(c["name"]), target: ofResource(c), container: text(c["container"]) },
    external: e && {
      metric: metric(e["metricName"], e["metricSelector"]),
      target: {
        type: e["targetValue"] === undefined ? "AverageValue" : "Value",
        ...amounts({ value: e["targetValue"], averageValue: e["targetAverageValue"] }),
      },
    },
  };
  return { type: text(written.type), ...known(spec) } as MetricSpec;
}

/** Throws for what is no amount. */
export function statusFromV1(written: Written): MetricStatus {
  const { object: o, pods: p, resource: r, containerResource: c, external: e } = written;
  const ofResource = ({ currentAverageUtilization, currentAverageValue }: Members): MetricValueStatus =>
    amounts({ averageValue: currentAverageValue ?? "0", averageUtilization: currentAverageUtilization });
  const status: Members = {
    object: o && {
      metric: metric(o["metricName"], o["selector"]),
      current: amounts({ value: o["currentValue"] ?? "0", averageValue: o["averageValue"] }),
      describedObject: describedObject(o["target"]),
    },
    pods: p && {
      metric: metric(p["metricName"], p["selector"]),
      current: amounts({ averageValue: p["currentAverageValue"] ?? "0" }),
    },
    resource: r && { name: text(r["name"]), current: ofResource(r) },
    containerResource: c && { name: text(c["name"]), current: ofResource(c), container: text(c["container"]) },
    external: e && {
      metric: metric(e["metricName"], e["metricSelector"]),
      current: amounts({ value: e["currentValue"] ?? "0", averageValue: e["currentAverageValue"] }),
    },
  };
  return { type: text(written.type), ...known(status) } as MetricStatus;
}
