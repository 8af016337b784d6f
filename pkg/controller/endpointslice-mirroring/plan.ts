/** Which slices mirror an Endpoints that somebody wrote by hand. Pure. */
import type { EndpointAddress, Endpoints } from "#api/types/core/v1";
import type { Endpoint, EndpointPort, EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { parseAddress, printAddress } from "#pkg/apimachinery/net/address.ts";
import { sameJson } from "../framework/equal.ts";
import { type PackedSubset, repack } from "./repack.ts";

export const managedBy = "endpointslicemirroring-controller.k8s.io";
export const managedByLabel = "endpointslice.kubernetes.io/managed-by";
export const serviceNameLabel = "kubernetes.io/service-name";
const skipLabel = "endpointslice.kubernetes.io/skip-mirror";
const leaderAnnotation = "control-plane.alpha.kubernetes.io/leader";
const unmirrored = [
  "endpoints.kubernetes.io/last-change-trigger-time",
  "kubectl.kubernetes.io/last-applied-configuration",
];

/** Addresses of one subset that are mirrored; upstream's --mirroring-max-endpoints-per-subset. */
export const addressesMax = 1000;

export const isMirrored = ({ metadata }: Readonly<Endpoints>): boolean =>
  metadata.labels?.[skipLabel] !== "true" && metadata.annotations?.[leaderAnnotation] === undefined;

type Slice = Readonly<EndpointSlice>;

/** What a slice says, beside its name and who owns it. */
export interface Mirror {
  readonly addressType: "IPv4" | "IPv6";
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface Plan {
  readonly create: Mirror[];
  readonly update: { readonly slice: Slice; readonly mirror: Mirror }[];
  readonly remove: Slice[];
  /** Addresses that are none. */
  readonly invalid: number;
  /** Addresses that are not mirrored, for whatever reason. */
  readonly skipped: number;
}

interface Wanted {
  readonly mirrors: Map<string, Mirror>;
  invalid: number;
  skipped: number;
}

export function plan(endpoints: Readonly<Endpoints>, slices: readonly Slice[]): Plan {
  const wanted: Wanted = { mirrors: new Map(), invalid: 0, skipped: 0 };
  for (const subset of repack(endpoints.subsets ?? [])) addSubset(wanted, subset, endpoints);
  const { mirrors, invalid, skipped } = wanted;
  const out: Plan = { create: [], update: [], remove: [], invalid, skipped };
  const spare: Slice[] = [];
  for (const slice of slices) {
    const key = keyOf(slice.addressType, slice.ports ?? []);
    const mirror = mirrors.get(key);
    if (mirror) {
      // The first slice of these ports stands for them; more of them are not needed.
      mirrors.delete(key);
      if (!isSame(slice, mirror, endpoints)) out.update.push({ slice, mirror });
    } else spare.push(slice);
  }
  for (const mirror of mirrors.values()) {
    const at = spare.findIndex(({ addressType }) => addressType === mirror.addressType);
    const [reused] = at < 0 ? [] : spare.splice(at, 1);
    if (reused) out.update.push({ slice: reused, mirror });
    else out.create.push(mirror);
  }
  out.remove.push(...spare);
  return out;
}

const keyOf = (addressType: string, ports: readonly EndpointPort[]): string =>
  JSON.stringify([
    addressType,
    ports.map(({ name, port, protocol, appProtocol }) => [name, port, protocol, appProtocol]),
  ]);

function addSubset(wanted: Wanted, { ports, addresses }: PackedSubset, endpoints: Readonly<Endpoints>): void {
  let added = 0;
  for (const { address, ready } of addresses) {
    if (added >= addressesMax) break;
    const found = endpointOf(address, ready);
    if (!found) {
      wanted.invalid += 1;
      continue;
    }
    added += 1;
    mirrorOf(wanted, found.addressType, ports.map(portOf), endpoints).endpoints.push(found.endpoint);
  }
  wanted.skipped += addresses.length - added;
}

const portOf = ({ name = "", port, protocol = "TCP", appProtocol }: EndpointPort & { port: number }): EndpointPort => ({
  name,
  port,
  protocol,
  ...(appProtocol === undefined ? {} : { appProtocol }),
});

function mirrorOf(
  { mirrors }: Wanted,
  addressType: "IPv4" | "IPv6",
  ports: EndpointPort[],
  { metadata }: Readonly<Endpoints>,
): Mirror {
  const key = keyOf(addressType, ports);
  const known = mirrors.get(key);
  if (known) return known;
  const labels = { ...metadata.labels, [serviceNameLabel]: metadata.name ?? "", [managedByLabel]: managedBy };
  const annotations = Object.fromEntries(
    Object.entries(metadata.annotations ?? {}).filter(([name]) => !unmirrored.includes(name)),
  );
  const mirror: Mirror = { addressType, ports, endpoints: [], labels, annotations };
  mirrors.set(key, mirror);
  return mirror;
}

function endpointOf(
  { ip, hostname, nodeName, targetRef }: EndpointAddress,
  ready: boolean,
): { addressType: "IPv4" | "IPv6"; endpoint: Endpoint } | undefined {
  const parsed = parseAddress(ip);
  if (!parsed) return undefined;
  return {
    addressType: parsed.family === 4 ? "IPv4" : "IPv6",
    endpoint: {
      addresses: [printAddress(parsed.value, parsed.family)],
      conditions: { ready },
      ...(hostname ? { hostname } : {}),
      ...(nodeName ? { nodeName } : {}),
      ...(targetRef ? { targetRef } : {}),
    },
  };
}

/** The order of endpoints says nothing. A slice of an earlier Endpoints of this name has to change its owner. */
function isSame(slice: Slice, mirror: Mirror, { metadata }: Readonly<Endpoints>): boolean {
  const isOther = slice.metadata.ownerReferences?.some(
    ({ kind, name, uid }) => kind === "Endpoints" && name === metadata.name && uid !== metadata.uid,
  );
  const texts = (endpoints: readonly Endpoint[]) => new Set(endpoints.map(textOf));
  return (
    !isOther &&
    texts(slice.endpoints ?? []).symmetricDifference(texts(mirror.endpoints)).size === 0 &&
    sameJson(slice.metadata.labels ?? {}, mirror.labels) &&
    sameJson(slice.metadata.annotations ?? {}, mirror.annotations)
  );
}

const textOf = ({ addresses, conditions, hostname, nodeName, targetRef, zone }: Endpoint): string => {
  const { kind, namespace, name, uid } = targetRef ?? {};
  return JSON.stringify([addresses, conditions?.ready, hostname, nodeName, zone, kind, namespace, name, uid]);
};
