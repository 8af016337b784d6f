/**
 * Fills in what the limit ranges of a namespace give to containers that say nothing, and refuses what is outside of them.
 * https://kubernetes.io/docs/concepts/policy/limit-range/
 */
import { resources } from "#api/gen/resources.ts";
import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod } from "#api/types/core/v1";
import { type Amounts, add, most, parseAmounts } from "#pkg/apimachinery/quota/index.ts";
import { forbiddenRequest } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../../resources/reader.ts";
import { type AdmissionPluginFactory, type AdmissionRequest, isResource } from "../plugin.ts";

const annotation = "kubernetes.io/limit-ranger";

export const limitRanger: AdmissionPluginFactory = ({ reader }) => ({
  name: "LimitRanger",
  handles: (request) =>
    (request.operation === "CREATE" &&
      (isResource(request, "", "pods") || isResource(request, "", "persistentvolumeclaims"))) ||
    (request.operation === "UPDATE" &&
      (isResource(request, "", "persistentvolumeclaims") || request.subresource === "resize")),
  async admit(request) {
    if (request.operation !== "CREATE" || !isResource(request, "", "pods")) return;
    for (const range of await rangesOf(request, reader)) fillIn(request.object as Pod, range);
  },
  async validate(request) {
    for (const range of await rangesOf(request, reader)) refuseOutside(request, range);
  },
});

const rangesOf = ({ namespace }: AdmissionRequest, reader: ObjectReader): Promise<LimitRange[]> =>
  reader.list(resources.limitranges, namespace) as Promise<LimitRange[]>;

type Texts = Readonly<Record<string, string>>;

/** Tells in an annotation what was set, as upstream does. */
function fillIn(pod: Pod, { spec }: LimitRange): void {
  const said: string[] = [];
  for (const item of spec?.limits ?? []) {
    if (item.type !== "Container") continue;
    for (const container of pod.spec.containers ?? []) said.push(...fillContainer(container, item, "container"));
    for (const container of pod.spec.initContainers ?? [])
      said.push(...fillContainer(container, item, "init container"));
  }
  if (said.length === 0) return;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [annotation]: `LimitRanger plugin set: ${said.join("; ")}`,
  };
}

function fillContainer(
  container: Container,
  { default: limits, defaultRequest }: LimitRangeItem,
  what: string,
): string[] {
  container.resources ??= {};
  const { resources: own } = container;
  const missing = (wanted: Texts | undefined, present: Texts | undefined): [string, string][] =>
    Object.entries(wanted ?? {}).filter(([name]) => !Object.hasOwn(present ?? {}, name));
  const lacking = { requests: missing(defaultRequest, own.requests), limits: missing(limits, own.limits) };
  if (lacking.requests.length > 0) own.requests = { ...own.requests, ...Object.fromEntries(lacking.requests) };
  if (lacking.limits.length > 0) own.limits = { ...own.limits, ...Object.fromEntries(lacking.limits) };
  const say = (kind: string, amounts: [string, string][]): string[] => {
    const names = amounts.map(([name]) => name).sort();
    return names.length === 0 ? [] : [`${names.join(", ")} ${kind} for ${what} ${container.name}`];
  };
  return [...say("request", lacking.requests), ...say("limit", lacking.limits)];
}

function refuseOutside(request: AdmissionRequest, { spec }: LimitRange): void {
  const errors = (spec?.limits ?? []).flatMap((item) => violations(request, item));
  if (errors.length === 0) return;
  const { resource, name } = request;
  const text = errors.length === 1 ? (errors[0] ?? "") : `[${errors.join(", ")}]`;
  throw forbiddenRequest(resource.groupResource, name, text);
}

function violations({ resource, object }: AdmissionRequest, item: LimitRangeItem): string[] {
  if (resource.def.plural === "persistentvolumeclaims") {
    if (item.type !== "PersistentVolumeClaim") return [];
    const amounts = parseAmounts((object as PersistentVolumeClaim).spec?.resources?.requests);
    return outside("PersistentVolumeClaim", item, { requests: amounts, limits: new Map() });
  }
  const { spec } = object as Pod;
  if (item.type === "Container") {
    return [...spec.containers, ...(spec.initContainers ?? [])].flatMap((container) =>
      outside("Container", item, amountsOf(container)),
    );
  }
  return item.type === "Pod" ? outside("Pod", item, podAmounts(spec)) : [];
}

interface Asked {
  readonly requests: Amounts;
  readonly limits: Amounts;
}

const amountsOf = ({ resources: own }: Container): Asked => ({
  requests: parseAmounts(own?.requests),
  limits: parseAmounts(own?.limits),
});

function podAmounts({ containers, initContainers = [] }: Pod["spec"]): Asked {
  const total = (kind: "requests" | "limits"): Amounts => {
    const together = containers.reduce<Amounts>((sum, container) => add(sum, amountsOf(container)[kind]), new Map());
    return initContainers.reduce<Amounts>((sum, container) => most(sum, amountsOf(container)[kind]), together);
  };
  return { requests: total("requests"), limits: total("limits") };
}

function outside(
  type: string,
  { min, max, maxLimitRequestRatio }: LimitRangeItem,
  { requests, limits }: Asked,
): string[] {
  const errors: string[] = [];
  for (const [name, bound] of [...parseAmounts(min)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const text = `minimum ${name} usage per ${type} is ${bound}`;
    if (!request) errors.push(`${text}.  No request is specified`);
    else if (request.compare(bound) < 0) errors.push(`${text}, but request is ${request}`);
    if (limit && limit.compare(bound) < 0) errors.push(`${text}, but limit is ${limit}`);
  }
  for (const [name, bound] of [...parseAmounts(max)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const text = `maximum ${name} usage per ${type} is ${bound}`;
    // Claims have requests only.
    if (type === "PersistentVolumeClaim") {
      if (request && request.compare(bound) > 0) errors.push(`${text}, but request is ${request}`);
      continue;
    }
    if (!limit) errors.push(`${text}.  No limit is specified`);
    else if (limit.compare(bound) > 0) errors.push(`${text}, but limit is ${limit}`);
    if (request && request.compare(bound) > 0) errors.push(`${text}, but request is ${request}`);
  }
  return [...errors, ...ratioErrors(type, maxLimitRequestRatio, { requests, limits })];
}

function ratioErrors(type: string, ratios: Texts | undefined, { requests, limits }: Asked): string[] {
  return [...parseAmounts(ratios)].flatMap(([name, bound]) => {
    const [request, limit] = [requests.get(name), limits.get(name)];
    const text = `${name} max limit to request ratio per ${type} is ${bound}`;
    if (!request || request.isZero) return [`${text}, but no request is specified or request is 0`];
    if (!limit || limit.isZero) return [`${text}, but no limit is specified or limit is 0`];
    const ratio = limit.toNumber() / request.toNumber();
    return ratio > bound.toNumber() ? [`${text}, but provided ratio is ${ratio.toFixed(6)}`] : [];
  });
}
