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
  readonly addresses: Map<string, PackedAddress>;
}

const identityOf = ({ ip, targetRef }: EndpointAddress): string => JSON.stringify([ip, targetRef?.uid ?? ""]);

const keyOf = ({ name = "", port, protocol = "TCP", appProtocol = "" }: EndpointPort): string =>
  JSON.stringify([name, port, protocol, appProtocol]);

export function repack(subsets: readonly EndpointSubset[]): PackedSubset[] {
  const groups = new Map<string, Group>();
  for (const subset of subsets) {
    // Addresses without ports are endpoints too.
    const ports = subset.ports?.length ? subset.ports : [undefined];
    for (const port of ports) {
      const key = port ? keyOf(port) : "";
      const group = groups.get(key) ?? { port, addresses: new Map() };
      groups.set(key, group);
      place(group, subset.notReadyAddresses ?? [], false);
      place(group, subset.addresses ?? [], true);
    }
  }
  return merged([...groups.values()]);
}

function place({ addresses }: Group, list: readonly EndpointAddress[], ready: boolean): void {
  for (const address of list) {
    const identity = identityOf(address);
    const known = addresses.get(identity);
    addresses.set(identity, { address: known?.address ?? address, ready: ready || (known?.ready ?? false) });
  }
}

function merged(groups: readonly Group[]): PackedSubset[] {
  const byAddresses = new Map<string, { ports: EndpointPort[]; addresses: readonly PackedAddress[] }>();
  for (const { port, addresses } of groups) {
    const sorted = [...addresses].sort(([a], [b]) => (a < b ? -1 : 1));
    const key = JSON.stringify(sorted.map(([identity, { ready }]) => [identity, ready]));
    const subset = byAddresses.get(key) ?? { ports: [], addresses: readyFirst(sorted.map(([, packed]) => packed)) };
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
