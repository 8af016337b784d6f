/** The rules of EndpointSlices: https://kubernetes.io/docs/concepts/services-networking/endpoint-slices/ */
import type { Endpoint, EndpointHints, EndpointPort, EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { labelKeyErrors, labelValueErrors } from "#pkg/apimachinery/labels/index.ts";
import { duplicate, type FieldError, invalid, required, tooMany } from "#pkg/apimachinery/validation/field-error.ts";
import { familyOf, ipAddress, ordinaryAddress, strictAddress } from "../../shared/addresses.ts";
import { each, type Findings, oneOf, requiredOneOf, say } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { dnsLabel, dnsSubdomain, fullDomainName } from "../../shared/name-forms.ts";
import { sameMeaning } from "../../shared/semantic.ts";

const addressTypes = ["FQDN", "IPv4", "IPv6"];
const protocols = ["SCTP", "TCP", "UDP"];
const endpointsMax = 1000;
const addressesMax = 100;
const portsMax = 20_000;
const hintsMax = 8;

export const validateNewEndpointSlice = (slice: Readonly<EndpointSlice>): FieldError[] => [
  ...sliceHead(slice),
  ...endpointList("endpoints", slice),
];

/** Endpoints that stay as they are may break newer rules. */
export function validateEndpointSliceUpdate(next: Readonly<EndpointSlice>, old: Readonly<EndpointSlice>): FieldError[] {
  const endpoints = [...endpointList("endpoints", next)];
  const isKept = endpoints.length > 0 && sameMeaning(next.endpoints, old.endpoints);
  return [
    ...sliceHead(next),
    ...(isKept ? [] : endpoints),
    ...immutable("addressType", next.addressType ?? "", old.addressType ?? ""),
  ];
}

function* sliceHead({ addressType, ports }: EndpointSlice): Findings {
  yield* requiredOneOf("addressType", addressType, addressTypes);
  yield* portList("ports", ports ?? []);
}

function* portList(path: string, ports: readonly EndpointPort[]): Findings {
  if (ports.length > portsMax) {
    yield tooMany(path, ports.length, portsMax);
    return;
  }
  const names = new Set<string>();
  for (const [at, { name = "", protocol, appProtocol }] of ports.entries()) {
    const here = `${path}[${at}]`;
    if (name) yield* dnsLabel(`${here}.name`, name);
    if (names.has(name)) yield duplicate(`${here}.name`, name);
    names.add(name);
    if (protocol === undefined) yield required(`${here}.protocol`);
    else yield* oneOf(`${here}.protocol`, protocol, protocols);
    if (appProtocol !== undefined) yield* say(`${here}.appProtocol`, appProtocol, labelKeyErrors(appProtocol));
  }
}

function* endpointList(path: string, { addressType, endpoints: list }: EndpointSlice): Findings {
  const endpoints = list ?? [];
  if (endpoints.length > endpointsMax) {
    yield tooMany(path, endpoints.length, endpointsMax);
    return;
  }
  yield* each(path, endpoints, (here, one) => endpoint(here, one, addressType));
}

function* endpoint(path: string, { addresses, nodeName, hostname, hints }: Endpoint, type: string): Findings {
  const here = `${path}.addresses`;
  const count = addresses?.length ?? 0;
  if (count === 0) yield required(here, "must contain at least 1 address");
  else if (count > addressesMax) yield tooMany(here, count, addressesMax);
  for (const [at, address] of (addresses ?? []).entries()) {
    if (type === "FQDN") yield* fullDomainName(`${here}[${at}]`, address);
    else if (type === "IPv4" || type === "IPv6") yield* endpointAddress(here, at, address, type);
  }
  if (nodeName !== undefined) yield* dnsSubdomain(`${path}.nodeName`, nodeName);
  if (hostname !== undefined) yield* dnsLabel(`${path}.hostname`, hostname);
  if (hints) yield* endpointHints(`${path}.hints`, hints);
}

/** What is of the other family is reported at the list, not at the address. */
function* endpointAddress(path: string, at: number, address: string, type: "IPv4" | "IPv6"): Findings {
  const here = `${path}[${at}]`;
  const wrong = [...(type === "IPv4" ? ipAddress(here, address) : strictAddress(here, address))];
  if (wrong.length > 0) {
    yield* wrong;
    return;
  }
  if (familyOf(address) !== Number(type.slice(-1))) yield invalid(path, address, `must be an ${type} address`);
  yield* ordinaryAddress(here, address);
}

function* endpointHints(path: string, { forZones = [], forNodes = [] }: EndpointHints): Findings {
  if (forZones.length > hintsMax) {
    yield tooMany(`${path}.forZones`, forZones.length, hintsMax);
    return;
  }
  yield* distinctNames(`${path}.forZones`, forZones, (here, name) => say(here, name, labelValueErrors(name)));
  if (forNodes.length > hintsMax) {
    yield tooMany(`${path}.forNodes`, forNodes.length, hintsMax);
    return;
  }
  yield* distinctNames(`${path}.forNodes`, forNodes, dnsSubdomain);
}

type NameRule = (path: string, name: string) => Findings;

function* distinctNames(path: string, list: readonly { readonly name?: string }[], rule: NameRule): Findings {
  const seen = new Set<string>();
  for (const [at, { name = "" }] of list.entries()) {
    const here = `${path}[${at}].name`;
    if (seen.has(name)) yield duplicate(here, name);
    seen.add(name);
    yield* rule(here, name);
  }
}
