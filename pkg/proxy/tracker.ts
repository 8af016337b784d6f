/** From Services and EndpointSlices to what the rules need: for each port of each Service, where it is reached and who answers. */
import type { Service } from "#api/types/core/v1";
import type { Endpoint, EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import type { ServiceCheck } from "./health/service-checks.ts";

export interface Backend {
  readonly address: string;
  readonly port: number;
  readonly local: boolean;
}

/** One port of one Service with everything that decides its rules. */
export interface ServicePortState {
  /** `namespace/name:port`, stable. */
  readonly key: string;
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly port: number;
  readonly clusterIps: readonly string[];
  /** External and load balancer addresses. */
  readonly externalIps: readonly string[];
  /** 0: none. */
  readonly nodePort: number;
  /** Seconds; 0: no affinity. */
  readonly affinitySeconds: number;
  readonly externalLocal: boolean;
  readonly sourceRanges: readonly string[];
  /** For traffic from inside, and from outside the cluster. */
  readonly internal: readonly Backend[];
  readonly external: readonly Backend[];
}

const serviceNameLabel = "kubernetes.io/service-name";
const skipLabels = ["service.kubernetes.io/service-proxy-name", "service.kubernetes.io/headless"];

export class ServiceTracker {
  readonly #nodeName: string;
  readonly #services = new Map<string, Readonly<Service>>();
  readonly #slices = new Map<string, Map<string, Readonly<EndpointSlice>>>();
  readonly #states = new Map<string, readonly ServicePortState[]>();
  readonly #checks = new Map<string, ServiceCheck>();
  readonly #dirty = new Set<string>();

  constructor(nodeName: string) {
    this.#nodeName = nodeName;
  }

  setService(service: Readonly<Service>): void {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    this.#services.set(key, service);
    this.#dirty.add(key);
  }

  removeService(key: string): void {
    this.#services.delete(key);
    this.#dirty.add(key);
  }

  setSlice(slice: Readonly<EndpointSlice>): void {
    const key = serviceOf(slice);
    if (!key) return;
    const slices = this.#slices.get(key) ?? new Map<string, Readonly<EndpointSlice>>();
    slices.set(slice.metadata.name!, slice);
    this.#slices.set(key, slices);
    this.#dirty.add(key);
  }

  removeSlice(slice: Readonly<EndpointSlice>): void {
    const key = serviceOf(slice);
    if (!key) return;
    const slices = this.#slices.get(key);
    slices?.delete(slice.metadata.name!);
    if (slices?.size === 0) this.#slices.delete(key);
    this.#dirty.add(key);
  }

  get changed(): boolean {
    return this.#dirty.size > 0;
  }

  /** Services whose state was worked out anew since the last call: key to its ports, empty where it has none any more. */
  takeChanges(): Map<string, readonly ServicePortState[]> {
    const changes = new Map<string, readonly ServicePortState[]>();
    for (const key of this.#dirty) {
      const service = this.#services.get(key);
      const slices = [...(this.#slices.get(key)?.values() ?? [])];
      const states = service ? statesOf(key, service, slices, this.#nodeName) : [];
      const check = service && checkOf(service, slices, this.#nodeName);
      if (check) this.#checks.set(key, check);
      else this.#checks.delete(key);
      if (states.length > 0) this.#states.set(key, states);
      else this.#states.delete(key);
      changes.set(key, states);
    }
    this.#dirty.clear();
    return changes;
  }

  /** By the Service's key, as of the last changes that were taken. */
  get checks(): ReadonlyMap<string, ServiceCheck> {
    return this.#checks;
  }

  /** Everything, for a full sync. */
  all(): Map<string, readonly ServicePortState[]> {
    this.takeChanges();
    return new Map(this.#states);
  }
}

function serviceOf({ metadata }: Readonly<EndpointSlice>): string | undefined {
  const name = metadata.labels?.[serviceNameLabel];
  return name ? `${metadata.namespace}/${name}` : undefined;
}

function checkOf(
  { metadata: { namespace = "", name = "" }, spec }: Readonly<Service>,
  slices: readonly Readonly<EndpointSlice>[],
  nodeName: string,
): ServiceCheck | undefined {
  const { type, externalTrafficPolicy, healthCheckNodePort: port } = spec;
  if (type !== "LoadBalancer" || externalTrafficPolicy !== "Local" || !port) return undefined;
  const local = slices
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions, nodeName: on }) => on === nodeName && (conditions?.ready ?? true));
  return { namespace, name, port, localEndpoints: new Set(local.map(({ addresses }) => addresses[0])).size };
}

export function statesOf(
  key: string,
  { metadata, spec, status }: Readonly<Service>,
  slices: readonly Readonly<EndpointSlice>[],
  nodeName: string,
): ServicePortState[] {
  if (spec.type === "ExternalName" || !spec.clusterIP || spec.clusterIP === "None") return [];
  if (skipLabels.some((label) => Object.hasOwn(metadata.labels ?? {}, label))) return [];
  const isIpv4 = (ip: string) => !ip.includes(":");
  const sticky =
    spec.sessionAffinity === "ClientIP" ? (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? 10_800) : 0;
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) =>
    ip && ipMode !== "Proxy" ? [ip] : [],
  );
  return (spec.ports ?? []).map((port) => {
    const backends = backendsOf(slices, port.name ?? "", (port.protocol ?? "TCP").toUpperCase(), nodeName);
    const externalLocal = spec.externalTrafficPolicy === "Local";
    return {
      key: `${key}:${port.name ?? ""}/${port.protocol ?? "TCP"}/${port.port}`,
      protocol: (port.protocol ?? "TCP").toLowerCase() as ServicePortState["protocol"],
      port: port.port,
      clusterIps: (spec.clusterIPs ?? [spec.clusterIP!]).filter(isIpv4),
      externalIps: [...(spec.externalIPs ?? []), ...ingress].filter(isIpv4),
      nodePort: port.nodePort ?? 0,
      affinitySeconds: sticky,
      externalLocal,
      sourceRanges: spec.loadBalancerSourceRanges ?? [],
      internal: usable(backends, spec.internalTrafficPolicy === "Local"),
      external: usable(backends, externalLocal),
    };
  });
}

interface Candidate extends Backend {
  readonly ready: boolean;
  readonly servingTerminating: boolean;
}

function backendsOf(
  slices: readonly Readonly<EndpointSlice>[],
  portName: string,
  protocol: string,
  nodeName: string,
): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const slice of slices) {
    if (slice.addressType !== "IPv4") continue;
    const port = slice.ports?.find((p) => (p.name ?? "") === portName && (p.protocol ?? "TCP") === protocol)?.port;
    if (port === undefined) continue;
    for (const endpoint of slice.endpoints ?? []) {
      for (const address of endpoint.addresses.slice(0, 1)) {
        found.set(`${address}:${port}`, candidateOf(endpoint, address, port, nodeName));
      }
    }
  }
  return [...found.values()].sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : a.port - b.port));
}

function candidateOf(
  { conditions, nodeName: on }: Endpoint,
  address: string,
  port: number,
  nodeName: string,
): Candidate {
  const ready = conditions?.ready ?? true;
  const serving = conditions?.serving ?? ready;
  return {
    address,
    port,
    local: on === nodeName,
    ready,
    servingTerminating: serving && (conditions?.terminating ?? false),
  };
}

/** Ready ones; where there is none, those that still serve while they end. */
function usable(candidates: readonly Candidate[], localOnly: boolean): Backend[] {
  const inScope = localOnly ? candidates.filter((candidate) => candidate.local) : candidates;
  const ready = inScope.filter((candidate) => candidate.ready);
  const chosen = ready.length > 0 ? ready : inScope.filter((candidate) => candidate.servingTerminating);
  return chosen.map(({ address, port, local }) => ({ address, port, local }));
}
