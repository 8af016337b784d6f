/** The subsets of an Endpoints in their canonical form: each address once for a port, ready where any subset says so. Pure. */
import type { EndpointAddress, EndpointPort, EndpointSubset } from "#api/types/core/v1";

export interface PackedAddress {
  readonly address: EndpointAddress;
  readonly ready: boolean;
}

/** Ports that lead to the same addresses. */
export interface PackedSubset {
  readonly ports: readonly EndpointPort[];
  /** Ready ones first. */
  readonly addresses: readonly PackedAddress[];
}

interface Group {
  readonly port: EndpointPort | undefined;
  /** By identity: whether it is ready. */
  readonly addresses: Map<string, boolean>;
}

/** By identity: the first that was written tells what there is to tell of an address, for all ports. */
type Known = Map<string, EndpointAddress>;

const identityOf = ({ ip, targetRef }: EndpointAddress): string => JSON.stringify([ip, targetRef?.uid ?? ""]);

const keyOf = ({ name = "", port, protocol = "TCP", appProtocol = "" }: EndpointPort): string =>
  JSON.stringify([name, port, protocol, appProtocol]);

export function repack(subsets: readonly EndpointSubset[]): PackedSubset[] {
  const groups = new Map<string, Group>();
  const known: Known = new Map();
  for (const subset of subsets) {
    // Addresses without ports are endpoints too.
    const ports = subset.ports?.length ? subset.ports : [undefined];
    for (const port of ports) {
      const key = port ? keyOf(port) : "";
      const group = groups.get(key) ?? { port, addresses: new Map() };
      groups.set(key, group);
      place(group, subset.addresses ?? [], true, known);
      place(group, subset.notReadyAddresses ?? [], false, known);
    }
  }
  return merged([...groups.values()], known);
}

function place({ addresses }: Group, list: readonly EndpointAddress[], ready: boolean, known: Known): void {
  for (const address of list) {
    const identity = identityOf(address);
    if (!known.has(identity)) known.set(identity, address);
    addresses.set(identity, ready || (addresses.get(identity) ?? false));
  }
}

function merged(groups: readonly Group[], known: Known): PackedSubset[] {
  const byAddresses = new Map<string, { ports: EndpointPort[]; addresses: readonly PackedAddress[] }>();
  for (const { port, addresses } of groups) {
    const sorted = [...addresses].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(sorted);
    const packed = sorted.map(([identity, ready]) => ({ address: known.get(identity)!, ready }));
    const subset = byAddresses.get(key) ?? { ports: [], addresses: readyFirst(packed) };
    if (port) subset.ports.push(port);
    byAddresses.set(key, subset);
  }
  for (const { ports } of byAddresses.values()) ports.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  return [...byAddresses.values()];
}

const readyFirst = (addresses: readonly PackedAddress[]): PackedAddress[] => [
  ...addresses.filter(({ ready }) => ready),
  ...addresses.filter(({ ready }) => !ready),
];
