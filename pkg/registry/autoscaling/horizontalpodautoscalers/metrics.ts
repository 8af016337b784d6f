/** What an autoscaler measures: exactly one source a metric, the one that its type names. */
import type {
  ContainerResourceMetricSource,
  ExternalMetricSource,
  MetricIdentifier,
  MetricSpec,
  MetricTarget,
  ObjectMetricSource,
  PodsMetricSource,
  ResourceMetricSource,
} from "#api/types/autoscaling/v2";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { forbidden, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "../../shared/findings.ts";
import { dnsLabel } from "../../shared/name-forms.ts";
import { pathSegmentErrors } from "../../shared/names.ts";
import { containerResourceName } from "../../shared/resource-names.ts";
import { objectReference, type ReferenceRules } from "./object-reference.ts";

const members = {
  ContainerResource: "containerResource",
  External: "external",
  Object: "object",
  Pods: "pods",
  Resource: "resource",
} as const;
type MetricType = keyof typeof members;

const types = Object.keys(members) as readonly MetricType[];
const targetTypes = new Set(["Utilization", "Value", "AverageValue"]);
const bothRawAndUtilization = "may not set both a target raw value and a target utilization";
const eitherRawOrUtilization = "must set either a target raw value or a target utilization";

const isType = (type: string): type is MetricType => Object.hasOwn(members, type);

export function* metricSpec(path: string, spec: MetricSpec, described: ReferenceRules): Findings {
  const type: string = spec.type ?? "";
  if (type === "") yield required(`${path}.type`, "must specify a metric source type");
  if (!isType(type)) yield notSupported(`${path}.type`, type, types);
  // Only the first source is looked into, in this order.
  const [first, ...more] = (["object", "external", "pods", "resource", "containerResource"] as const).filter(
    (member) => spec[member] !== undefined,
  );
  if (first !== undefined) yield* source(path, spec, first, described);
  if (!isType(type)) yield notSupported(`${path}.type`, type, types);
  else if (spec[members[type]] === undefined) {
    yield required(`${path}.${members[type]}`, "must populate information for the given metric source");
  }
  if (first === undefined || more.length === 0) return;
  for (const member of [first, ...more]) {
    if (isType(type) && members[type] === member) continue;
    yield forbidden(`${path}.${member}`, "must populate the given metric source only");
  }
}

function* source(
  path: string,
  spec: MetricSpec,
  member: (typeof members)[MetricType],
  described: ReferenceRules,
): Findings {
  const at = `${path}.${member}`;
  const { object, external, pods, resource, containerResource } = spec;
  if (member === "object" && object) yield* objectSource(at, object, described);
  if (member === "external" && external) yield* externalSource(at, external);
  if (member === "pods" && pods) yield* podsSource(at, pods);
  if (member === "resource" && resource) yield* resourceSource(at, resource);
  if (member === "containerResource" && containerResource) yield* containerSource(at, containerResource);
}

function* objectSource(path: string, source: ObjectMetricSource, described: ReferenceRules): Findings {
  yield* objectReference(`${path}.describedObject`, source.describedObject ?? {}, described);
  yield* identifier(`${path}.metric`, source.metric);
  yield* metricTarget(`${path}.target`, source.target);
  const { value, averageValue } = source.target ?? {};
  if (value === undefined && averageValue === undefined) {
    yield required(`${path}.target.averageValue`, "must set either a target value or averageValue");
  }
}

function* externalSource(path: string, { metric, target }: ExternalMetricSource): Findings {
  yield* identifier(`${path}.metric`, metric);
  yield* metricTarget(`${path}.target`, target);
  const { value, averageValue } = target ?? {};
  if (value === undefined && averageValue === undefined) {
    yield required(`${path}.target.averageValue`, "must set either a target value for metric or a per-pod target");
  }
  if (value !== undefined && averageValue !== undefined) {
    yield forbidden(`${path}.target.value`, "may not set both a target value for metric and a per-pod target");
  }
}

function* podsSource(path: string, { metric, target }: PodsMetricSource): Findings {
  yield* identifier(`${path}.metric`, metric);
  yield* metricTarget(`${path}.target`, target);
  if (target?.averageValue === undefined) {
    yield required(`${path}.target.averageValue`, "must specify a positive target averageValue");
  }
}

function* resourceSource(path: string, { name, target }: ResourceMetricSource): Findings {
  if (!name) yield required(`${path}.name`, "must specify a resource name");
  yield* resourceTarget(`${path}.target`, target);
}

function* containerSource(path: string, { name, container, target }: ContainerResourceMetricSource): Findings {
  if (!name) yield required(`${path}.name`, "must specify a resource name");
  else yield* containerResourceName(`${path}.name`, name);
  if (!container) yield required(`${path}.container`, "must specify a container");
  else yield* dnsLabel(`${path}.container`, container);
  yield* resourceTarget(`${path}.target`, target);
}

function* resourceTarget(path: string, target: MetricTarget | undefined): Findings {
  yield* metricTarget(path, target);
  const { averageUtilization, averageValue } = target ?? {};
  if (averageUtilization === undefined && averageValue === undefined) {
    yield required(`${path}.averageUtilization`, eitherRawOrUtilization);
  }
  if (averageUtilization !== undefined && averageValue !== undefined) {
    yield forbidden(`${path}.averageValue`, bothRawAndUtilization);
  }
}

function* metricTarget(path: string, target: Partial<MetricTarget> = {}): Findings {
  const { type = "", averageUtilization } = target;
  if (type === "") yield required(`${path}.type`, "must specify a metric target type");
  if (!targetTypes.has(type)) yield invalid(`${path}.type`, type, "must be either Utilization, Value, or AverageValue");
  for (const member of ["value", "averageValue"] as const) {
    const amount = target[member];
    if (amount !== undefined && parseQuantity(amount).sign <= 0) {
      yield invalid(`${path}.${member}`, amount, "must be positive");
    }
  }
  if (averageUtilization !== undefined && averageUtilization < 1) {
    yield invalid(`${path}.averageUtilization`, averageUtilization, "must be greater than 0");
  }
}

function* identifier(path: string, metric: MetricIdentifier | undefined): Findings {
  const name = metric?.name;
  if (!name) yield required(`${path}.name`, "must specify a metric name");
  else yield* say(`${path}.name`, name, pathSegmentErrors(name));
}
