/** Which slices a Service should have, given its pods and the slices it has. Pure. */
import type { Node, Pod, Service } from "#api/types/core/v1";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { sameJson } from "../framework/equal.ts";
import { isReady, isTerminal } from "../framework/pods.ts";
import { targetPortOf } from "../framework/service-ports.ts";

export const managedBy = "endpointslice-controller.k8s.io";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const serviceNameLabel = "kubernetes.io/service-name";
const headlessLabel = "service.kubernetes.io/headless";

/** Endpoints in one slice; upstream's --max-endpoints-per-slice. */
const endpointsMax = 100;

export interface Observed {
  readonly service: Readonly<Service>;
  /** Pods that the service selects. */
  readonly pods: readonly Readonly<Pod>[];
  /** Slices of this service that this controller manages. */
  readonly slices: readonly Readonly<EndpointSlice>[];
  readonly nodeOf: (name: string) => Readonly<Node> | undefined;
}

/** The content of a slice beside its identity. */
export interface SliceContent {
  readonly addressType: string;
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}

export interface Plan {
  readonly create: SliceContent[];
  readonly update: { readonly slice: Readonly<EndpointSlice>; readonly content: SliceContent }[];
  readonly remove: Readonly<EndpointSlice>[];
}

interface Group {
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
}

export function plan(observed: Observed): Plan {
  const out: Plan = { create: [], update: [], remove: [] };
  const families = familiesOf(observed.service);
  for (const family of families) planFamily(family, observed, out);
  out.remove.push(...observed.slices.filter((slice) => !families.includes(slice.addressType)));
  return out;
}

function familiesOf({ spec }: Readonly<Service>): string[] {
  const families = spec.ipFamilies ?? [];
  return families.length > 0 ? [...families] : ["IPv4"];
}

function planFamily(family: string, observed: Observed, out: Plan): void {
  const spare = observed.slices.filter((slice) => slice.addressType === family);
  // Every group takes the slices of its ports before any takes a spare one: none loses its own to another.
  const groups = groupsOf(family, observed).map((group) => {
    const mine = spare.filter((slice) => sameJson(slice.ports ?? [], group.ports));
    for (const slice of mine) spare.splice(spare.indexOf(slice), 1);
    return { group, mine };
  });
  for (const { group, mine } of groups) fill(family, group, mine, spare, out);
  // A service without endpoints keeps one empty slice, so that consumers can tell "none" from "not known yet".
  if (groups.length === 0) fill(family, { ports: [], endpoints: [] }, spare.splice(0, 1), [], out);
  out.remove.push(...spare);
}

/** Keeps endpoints where they are, fills what has room, then reuses spare slices, then makes new ones. */
function fill(
  addressType: string,
  { ports, endpoints }: Group,
  mine: readonly Readonly<EndpointSlice>[],
  spare: Readonly<EndpointSlice>[],
  out: Plan,
): void {
  const wanted = new Map(endpoints.map((endpoint) => [identityOf(endpoint), endpoint]));
  const kept = mine.map((slice) => ({ slice, endpoints: takeKept(slice, wanted) }));
  const waiting = [...wanted.values()];
  for (const each of kept) each.endpoints.push(...waiting.splice(0, endpointsMax - each.endpoints.length));
  while (waiting.length > 0 || (kept.length === 0 && out.create.length === 0 && endpoints.length === 0)) {
    const content: SliceContent = { addressType, ports, endpoints: waiting.splice(0, endpointsMax) };
    const reused = spare.shift();
    if (reused) out.update.push({ slice: reused, content });
    else out.create.push(content);
    if (waiting.length === 0) break;
  }
  for (const { slice, endpoints: list } of kept) {
    if (list.length === 0 && endpoints.length > 0) out.remove.push(slice);
    else if (!sameJson(slice.endpoints ?? [], list))
      out.update.push({ slice, content: { addressType, ports, endpoints: list } });
  }
}

function takeKept(slice: Readonly<EndpointSlice>, wanted: Map<string, Endpoint>): Endpoint[] {
  const kept: Endpoint[] = [];
  for (const endpoint of slice.endpoints ?? []) {
    const identity = identityOf(endpoint);
    const now = wanted.get(identity);
    if (now && wanted.delete(identity)) kept.push(now);
  }
  return kept;
}

const identityOf = (endpoint: Endpoint): string => `${endpoint.targetRef?.uid ?? ""}/${endpoint.addresses[0]}`;

function groupsOf(family: string, { service, pods, nodeOf }: Observed): Group[] {
  const groups = new Map<string, Group>();
  for (const pod of pods) {
    const endpoint = endpointOf(pod, family, service, nodeOf);
    if (!endpoint) continue;
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, endpoints: [] };
    group.endpoints.push(endpoint);
    groups.set(key, group);
  }
  return [...groups.values()];
}

function endpointOf(
  pod: Readonly<Pod>,
  family: string,
  service: Readonly<Service>,
  nodeOf: Observed["nodeOf"],
): Endpoint | undefined {
  const ips = pod.status?.podIPs?.map(({ ip }) => ip) ?? (pod.status?.podIP ? [pod.status.podIP] : []);
  const address = ips.find((ip) => ip.includes(":") === (family === "IPv6"));
  if (!address || isTerminal(pod)) return undefined;
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const serving = isReady(pod);
  const ready = service.spec.publishNotReadyAddresses ? true : serving && !terminating;
  const { name = "", namespace = "", uid = "" } = pod.metadata;
  const { nodeName, hostname, subdomain } = pod.spec;
  const zone = nodeName ? nodeOf(nodeName)?.metadata.labels?.["topology.kubernetes.io/zone"] : undefined;
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname && subdomain === service.metadata.name ? { hostname } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** What the service's ports are on this pod; a named target port that the pod does not have is left out. */
export function portsOf(service: Readonly<Service>, pod: Readonly<Pod>): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        name: port.name ?? "",
        protocol: port.protocol ?? "TCP",
        port: number,
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}

/** The service's labels, and those by which consumers find the slice. */
export function labelsOf({ metadata, spec }: Readonly<Service>): Record<string, string> {
  return {
    ...metadata.labels,
    ...(spec.clusterIP === "None" ? { [headlessLabel]: "" } : {}),
    [serviceNameLabel]: metadata.name ?? "",
    [managedByLabel]: managedBy,
  };
}
