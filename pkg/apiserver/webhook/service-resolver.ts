/** Where a reference to a Service leads: to its ClusterIP, or straight to one of its ready endpoints. */
import { resources } from "#api/gen/resources.ts";
import type { Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ObjectReader } from "../resources/reader.ts";

export interface ServiceReference {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
}

export interface ServiceAddress {
  readonly host: string;
  readonly port: number;
}

/** Rejects with upstream's words where the reference leads nowhere. */
export type ServiceResolver = (reference: ServiceReference) => Promise<ServiceAddress>;

/** `toEndpoints` (`--enable-aggregator-routing`): past the service proxy, for servers that have none beside them. */
export function serviceResolver(
  reader: ObjectReader,
  { toEndpoints }: { readonly toEndpoints: boolean },
): ServiceResolver {
  return async (reference) => {
    const service = await reader.get(resources.services, reference.namespace, reference.name);
    if (!service) throw notFound({ group: "", resource: "service" }, reference.name);
    return toEndpoints
      ? endpointOf(reader, service as Service, reference)
      : clusterAddressOf(service as Service, reference);
  };
}

const routed = new Set(["ClusterIP", "LoadBalancer", "NodePort"]);
const unavailable = (message: string): StatusError => new StatusError("ServiceUnavailable", message);

function clusterAddressOf({ spec }: Service, { name, port }: ServiceReference): ServiceAddress {
  const { type = "ClusterIP", clusterIP = "" } = spec;
  if (type === "ExternalName") return { host: spec.externalName ?? "", port };
  if (!routed.has(type)) throw new Error(`unsupported service type ${JSON.stringify(type)}`);
  if (clusterIP === "None") throw new Error('cannot route to service with ClusterIP "None"');
  ensurePort(spec, name, port);
  return { host: clusterIP, port };
}

function ensurePort({ ports = [] }: Service["spec"], name: string, port: number): { readonly name: string } {
  const found = ports.find((one) => one.port === port);
  if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return { name: found.name ?? "" };
}

async function endpointOf(
  reader: ObjectReader,
  { spec }: Service,
  { namespace, name, port }: ServiceReference,
): Promise<ServiceAddress> {
  const { type = "ClusterIP" } = spec;
  if (!routed.has(type)) throw new Error(`unsupported service type ${JSON.stringify(type)}`);
  const wanted = ensurePort(spec, name, port);
  const slices = (await reader.list(resources.endpointslices, namespace)) as EndpointSlice[];
  const own = slices.filter(({ metadata }) => metadata?.labels?.["kubernetes.io/service-name"] === name);
  const family = spec.ipFamilies?.[0];
  const preferred = own.filter(({ addressType }) => addressType === family);
  const places = [preferred, own].map((some) => some.flatMap((slice) => readyPlaces(slice, wanted.name)));
  const from = places.find((some) => some.length > 0) ?? [];
  const place = from[Math.floor(Math.random() * from.length)];
  if (!place) throw unavailable(`no endpoints available for service ${JSON.stringify(name)}`);
  return place;
}

function readyPlaces({ endpoints, ports }: EndpointSlice, portName: string): ServiceAddress[] {
  const port = ports?.find(({ name }) => (name ?? "") === portName)?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((host) => ({ host, port })));
}
