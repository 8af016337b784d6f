/** What one object counts for in the quotas of its namespace. */
import type {
  PersistentVolumeClaim,
  Pod,
  ResourceQuota,
  ScopedResourceSelectorRequirement,
  Service,
} from "#api/types/core/v1";
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import type { KubeObject } from "../object.ts";
import { parseQuantity } from "../quantity/index.ts";
import { type Amounts, countOf, type QuantityTexts } from "./amounts.ts";
import { deviceClassSuffix, deviceUsage } from "./device-claims.ts";
import { matchesScope, podUsage } from "./pods.ts";

export interface Counted {
  readonly group: string;
  readonly plural: string;
}

/** Counted by a name of their own, beside `count/<plural>`. */
const plainCounts = new Set([
  "replicationcontrollers",
  "resourcequotas",
  "secrets",
  "configmaps",
  "services",
  "persistentvolumeclaims",
]);

export const countName = ({ group, plural }: Counted): string =>
  group === "" ? `count/${plural}` : `count/${plural}.${group}`;

export function usageOf(resource: Counted, object: Readonly<KubeObject>, nowMs: number): Amounts {
  if (isDeviceClaim(resource)) {
    return new Map([[countName(resource), countOf(1)], ...deviceUsage(object as Readonly<ResourceClaim>)]);
  }
  if (resource.group !== "") return new Map([[countName(resource), countOf(1)]]);
  if (resource.plural === "pods") return podUsage(object as Readonly<Pod>, nowMs);
  const usage = new Map([[countName(resource), countOf(1)]]);
  if (plainCounts.has(resource.plural)) usage.set(resource.plural, countOf(1));
  if (resource.plural === "services") addService(usage, object as Readonly<Service>);
  if (resource.plural === "persistentvolumeclaims") addClaim(usage, object as Readonly<PersistentVolumeClaim>);
  return usage;
}

const isDeviceClaim = ({ group, plural }: Counted): boolean =>
  group === "resource.k8s.io" && plural === "resourceclaims";

type Usage = Map<string, ReturnType<typeof countOf>>;

function addService(usage: Usage, { spec }: Readonly<Service>): void {
  const ports = (spec.ports ?? []).length;
  usage.set("services.loadbalancers", countOf(spec.type === "LoadBalancer" ? 1 : 0));
  const own =
    spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
  const given = (spec.ports ?? []).filter(({ nodePort }) => nodePort).length;
  usage.set("services.nodeports", countOf(own ? ports : spec.type === "LoadBalancer" ? given : 0));
}

const classSuffix = ".storageclass.storage.k8s.io/";

function addClaim(usage: Usage, { metadata, spec, status }: Readonly<PersistentVolumeClaim>): void {
  const className = metadata.annotations?.["volume.beta.kubernetes.io/storage-class"] ?? spec?.storageClassName;
  const request = parseQuantity(spec?.resources?.requests?.["storage"] ?? "0");
  const allocated = parseQuantity(status?.allocatedResources?.["storage"] ?? "0");
  const storage = allocated.compare(request) > 0 ? allocated : request;
  if (spec?.resources?.requests?.["storage"] !== undefined) usage.set("requests.storage", storage);
  if (!className) return;
  usage.set(`${className}${classSuffix}persistentvolumeclaims`, countOf(1));
  if (spec?.resources?.requests?.["storage"] !== undefined)
    usage.set(`${className}${classSuffix}requests.storage`, storage);
}

export function scopesOf({ spec }: Readonly<ResourceQuota>): ScopedResourceSelectorRequirement[] {
  const named = (spec?.scopes ?? []).map(
    (name) => ({ scopeName: name, operator: "Exists" }) as ScopedResourceSelectorRequirement,
  );
  return [...named, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** Whether a quota concerns an object at all. Scopes are about pods and about claims of volumes only. */
export function concerns(quota: Readonly<ResourceQuota>, resource: Counted, object: Readonly<KubeObject>): boolean {
  const scopes = scopesOf(quota);
  if (scopes.length === 0) return true;
  if (resource.group !== "") return false;
  if (resource.plural === "persistentvolumeclaims") {
    return scopes.every((scope) => matchesClaim(object as Readonly<PersistentVolumeClaim>, scope));
  }
  return resource.plural === "pods" && scopes.every((scope) => matchesScope(object as Readonly<Pod>, scope));
}

/** By the classes of attributes that the claim asks for, has, or is on its way to. */
function matchesClaim(
  { spec, status }: Readonly<PersistentVolumeClaim>,
  { scopeName, operator, values = [] }: ScopedResourceSelectorRequirement,
): boolean {
  if (scopeName !== "VolumeAttributesClass") return false;
  const names = [
    spec?.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ].filter((name) => name !== undefined && name !== "") as string[];
  if (operator === "Exists") return names.length > 0;
  if (operator === "DoesNotExist") return names.length === 0;
  if (operator === "In") return names.some((name) => values.includes(name));
  return names.length === 0 || names.some((name) => !values.includes(name));
}

/** What is enforced: a quota that nobody has counted yet limits nothing. */
export const hardOf = ({ status }: Readonly<ResourceQuota>): QuantityTexts => status?.hard ?? {};

/** The resources that a quota's names are about, so that only those have to be counted. */
export function resourcesIn(hard: QuantityTexts): Counted[] {
  const found = new Map<string, Counted>();
  const note = (group: string, plural: string) => found.set(`${plural}.${group}`, { group, plural });
  for (const name of Object.keys(hard)) {
    const counted = /^count\/([^.]+)(?:\.(.+))?$/.exec(name);
    if (counted) note(counted[2] ?? "", counted[1] ?? "");
    else if (plainCounts.has(name)) note("", name);
    else if (name.startsWith("services.")) note("", "services");
    else if (name.endsWith(deviceClassSuffix)) note("resource.k8s.io", "resourceclaims");
    else if (name.includes(classSuffix) || name === "requests.storage") note("", "persistentvolumeclaims");
    else note("", "pods");
  }
  return [...found.values()];
}
