/** The names that Services and their endpoints have, kept up to date; the source of every answer about the cluster domain. */
import type { Service } from "#api/types/core/v1";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/types/discovery.k8s.io/v1";

export interface ServiceEndpoint {
  readonly address: string;
  /** The pod's hostname, or the address with dashes: its own name below the service. */
  readonly label: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

export interface ServiceEntry {
  readonly name: string;
  readonly namespace: string;
  readonly clusterIps: readonly string[];
  readonly headless: boolean;
  readonly externalName: string | undefined;
  readonly publishNotReady: boolean;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

const serviceNameLabel = "kubernetes.io/service-name";

export class Zone {
  readonly #services = new Map<string, ServiceEntry>();
  /** Service key → slice name → slice. */
  readonly #slices = new Map<string, Map<string, Readonly<EndpointSlice>>>();
  readonly #endpoints = new Map<string, readonly ServiceEndpoint[]>();
  /** Cluster IP → service key; endpoint address → service keys, for reverse look-ups. */
  readonly #byClusterIp = new Map<string, string>();
  readonly #byEndpoint = new Map<string, Map<string, string>>();
  readonly #namespaces = new Map<string, number>();

  setService(service: Readonly<Service>): void {
    const key = `${service.metadata.namespace}/${service.metadata.name}`;
    this.removeService(key);
    const entry = entryOf(service);
    this.#services.set(key, entry);
    for (const ip of entry.clusterIps) this.#byClusterIp.set(ip, key);
    this.#namespaces.set(entry.namespace, (this.#namespaces.get(entry.namespace) ?? 0) + 1);
    this.#recount(key);
  }

  removeService(key: string): void {
    const entry = this.#services.get(key);
    if (!entry) return;
    this.#services.delete(key);
    for (const ip of entry.clusterIps) this.#byClusterIp.delete(ip);
    const left = (this.#namespaces.get(entry.namespace) ?? 1) - 1;
    if (left > 0) this.#namespaces.set(entry.namespace, left);
    else this.#namespaces.delete(entry.namespace);
    this.#recount(key);
  }

  setSlice(slice: Readonly<EndpointSlice>): void {
    const key = serviceKeyOf(slice);
    if (!key) return;
    const slices = this.#slices.get(key) ?? new Map<string, Readonly<EndpointSlice>>();
    slices.set(slice.metadata.name!, slice);
    this.#slices.set(key, slices);
    this.#recount(key);
  }

  removeSlice(slice: Readonly<EndpointSlice>): void {
    const key = serviceKeyOf(slice);
    const slices = key && this.#slices.get(key);
    if (!key || !slices) return;
    slices.delete(slice.metadata.name!);
    if (slices.size === 0) this.#slices.delete(key);
    this.#recount(key);
  }

  service(namespace: string, name: string): ServiceEntry | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  /** Only headless services have endpoints here: the others are reached by their cluster IP. */
  endpoints({ namespace, name }: ServiceEntry): readonly ServiceEndpoint[] {
    return this.#endpoints.get(`${namespace}/${name}`) ?? [];
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  /** Names (without the cluster domain) that an address has: `a.default.svc`, `web-0.a.default.svc`. */
  namesOf(address: string): string[] {
    const key = this.#byClusterIp.get(address);
    if (key) return [svcName(key)];
    return [...(this.#byEndpoint.get(address) ?? [])].map(([service, label]) => `${label}.${svcName(service)}`);
  }

  #recount(key: string): void {
    for (const old of this.#endpoints.get(key) ?? []) {
      const names = this.#byEndpoint.get(old.address);
      names?.delete(key);
      if (names?.size === 0) this.#byEndpoint.delete(old.address);
    }
    this.#endpoints.delete(key);
    const entry = this.#services.get(key);
    const slices = this.#slices.get(key);
    if (!entry?.headless || !slices) return;
    const endpoints = [...slices.values()].flatMap((slice) => endpointsOf(slice, entry.publishNotReady));
    this.#endpoints.set(key, endpoints);
    for (const { address, label } of endpoints) {
      const names = this.#byEndpoint.get(address) ?? new Map<string, string>();
      names.set(key, label);
      this.#byEndpoint.set(address, names);
    }
  }
}

const svcName = (key: string) => `${key.split("/").reverse().join(".")}.svc`;

function serviceKeyOf(slice: Readonly<EndpointSlice>): string | undefined {
  const name = slice.metadata.labels?.[serviceNameLabel];
  return name ? `${slice.metadata.namespace}/${name}` : undefined;
}

function entryOf({ metadata, spec }: Readonly<Service>): ServiceEntry {
  const external = spec.type === "ExternalName";
  const ips = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return {
    name: metadata.name!,
    namespace: metadata.namespace!,
    clusterIps: external ? [] : ips.filter((ip) => ip !== "None" && ip !== ""),
    headless: !external && spec.clusterIP === "None",
    externalName: external ? spec.externalName : undefined,
    publishNotReady: spec.publishNotReadyAddresses ?? false,
    ports: (spec.ports ?? []).map(({ name = "", protocol = "TCP", port }) => ({
      name,
      protocol: protocol.toLowerCase(),
      port,
    })),
  };
}

function endpointsOf(slice: Readonly<EndpointSlice>, publishNotReady: boolean): ServiceEndpoint[] {
  const usable = (endpoint: Endpoint) => publishNotReady || endpoint.conditions?.ready !== false;
  const ports = (slice.ports ?? []).flatMap((port: EndpointPort) =>
    port.port === undefined
      ? []
      : [{ name: port.name ?? "", protocol: (port.protocol ?? "TCP").toLowerCase(), port: port.port }],
  );
  return (slice.endpoints ?? []).filter(usable).flatMap((endpoint) =>
    endpoint.addresses.map((address) => ({
      address,
      label: endpoint.hostname || address.replace(/[.:]/g, "-"),
      ports,
    })),
  );
}
