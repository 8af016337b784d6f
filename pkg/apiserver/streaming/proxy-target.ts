/** Where the `proxy` subresource of a pod, service or node leads. */
import { isIP } from "node:net";
import { resources } from "#api/gen/resources.ts";
import type { Pod, Service } from "#api/types/core/v1";
import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { badRequest, notFound, StatusError } from "#pkg/apimachinery/status-error.ts";
import type { DialTarget, TlsIdentity } from "#pkg/streaming/index.ts";
import type { ResourceContext } from "../context.ts";
import { kubeletOf } from "../kubelet-address.ts";

export interface NamedTarget {
  /** `http` or `https`. */
  readonly scheme: string;
  readonly name: string;
  /** A number, a port's name, or empty. */
  readonly port: string;
}

/** `name`, `name:port` or `scheme:name:port`. Undefined for anything else. */
export function parseTarget(text: string): NamedTarget | undefined {
  const words = text.split(":");
  const [a = "", b = "", c = ""] = words;
  const parsed =
    words.length === 1
      ? { scheme: "http", name: a, port: "" }
      : words.length === 2
        ? { scheme: "http", name: a, port: b }
        : { scheme: a === "" ? "http" : a, name: b, port: c };
  const valid = words.length <= 3 && parsed.name !== "" && (parsed.scheme === "http" || parsed.scheme === "https");
  return valid ? parsed : undefined;
}

/** The origin only; rejects with StatusError. */
export async function proxyTarget(context: ResourceContext): Promise<DialTarget> {
  const { request } = context;
  const target = parseTarget(request.name);
  const kind = request.plural.slice(0, -1);
  if (!target) throw badRequest(`invalid ${kind} request ${JSON.stringify(request.name)}`);
  if (request.plural === "nodes") return nodeTarget(target, context);
  if (request.plural === "pods") return podTarget(target, context);
  return serviceTarget(target, context);
}

/** What runs in the cluster serves certificates of its own making. */
const anyCertificate: TlsIdentity = { rejectUnauthorized: false, ciphers: "DEFAULT@SECLEVEL=0" };

function targetOf(scheme: string, host: string, port: string): DialTarget {
  const name = isIP(host) === 6 ? `[${host}]` : host;
  const url = new URL(`${scheme}://${name}${port === "" ? "" : `:${port}`}`);
  return scheme === "https" ? { url, tls: anyCertificate } : { url };
}

async function nodeTarget({ scheme, name, port }: NamedTarget, { services }: ResourceContext): Promise<DialTarget> {
  const { host, port: kubeletPort, ...tls } = await kubeletOf(name, services, "nodes");
  if (port !== "" && port !== String(kubeletPort)) {
    if (isIP(host) !== 0) ensureUnicast(host);
    return targetOf(scheme, host, ensurePort(port));
  }
  return { url: targetOf("https", host, String(kubeletPort)).url, tls };
}

async function podTarget(target: NamedTarget, { request, services }: ResourceContext): Promise<DialTarget> {
  const pod = (await services.reader.getLatest(resources.pods, request.namespace, target.name)) as Pod | undefined;
  if (!pod) throw notFound({ group: "", resource: "pods" }, target.name);
  const declared = pod.spec?.containers.flatMap((container) => container.ports ?? [])[0]?.containerPort;
  const port = target.port || (declared === undefined ? "" : String(declared));
  const address = pod.status?.podIPs?.[0]?.ip ?? pod.status?.podIP ?? "";
  ensureUnicast(address);
  return targetOf(target.scheme, address, ensurePort(port));
}

const ensurePort = (port: string): string => {
  if (port === "" || (/^\d{1,5}$/.test(port) && Number(port) > 0 && Number(port) < 65_536)) return port;
  throw badRequest(`invalid port ${JSON.stringify(port)}`);
};

/** Nobody reaches the API server's own machine through an object that names its loopback. */
function ensureUnicast(address: string): void {
  const wrong =
    isIP(address) === 0 ||
    /^(127\.|0\.|169\.254\.|22[4-9]\.|23\d\.|24\d\.|25\d\.)/.test(address) ||
    /^(::1?$|fe[89ab]|ff)/i.test(address);
  if (wrong) throw badRequest("address not allowed");
}

async function serviceTarget(target: NamedTarget, { request, services }: ResourceContext): Promise<DialTarget> {
  const { namespace } = request;
  const service = (await services.reader.getLatest(resources.services, namespace, target.name)) as Service | undefined;
  if (!service) throw notFound({ group: "", resource: "services" }, target.name);
  const portName = portNameOf(target, service);
  const slices = (await services.reader.list(resources.endpointslices, namespace)) as EndpointSlice[];
  const places = slices
    .filter(({ metadata }) => metadata?.labels?.["kubernetes.io/service-name"] === target.name)
    .flatMap((slice) => readyPlaces(slice, portName));
  const place = places[Math.floor(Math.random() * places.length)];
  if (!place) {
    const id = slices.length === 0 ? target.name : request.name;
    throw unavailable(`no endpoints available for service ${JSON.stringify(id)}`);
  }
  ensureUnicast(place.address);
  return targetOf(target.scheme, place.address, String(place.port));
}

const unavailable = (message: string): StatusError => new StatusError("ServiceUnavailable", message);

function portNameOf({ port, name }: NamedTarget, service: Service): string {
  if (!/^\d+$/.test(port)) return port;
  const found = service.spec?.ports?.find((one) => one.port === Number(port));
  if (!found) throw unavailable(`no service port ${port} found for service ${JSON.stringify(name)}`);
  return found.name ?? "";
}

function readyPlaces({ endpoints, ports }: EndpointSlice, portName: string): { address: string; port: number }[] {
  const port = ports?.find(({ name }) => (name ?? "") === portName)?.port;
  if (port === undefined) return [];
  return (endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready !== false)
    .flatMap(({ addresses }) => addresses.slice(0, 1).map((address) => ({ address, port })));
}
