import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { age, type Cells, nameOf, shortList } from "#pkg/apimachinery/table/cells.ts";

const entriesMax = 3;

export const endpointSliceCells: Cells<EndpointSlice> = (slice, now) => {
  const ports = (slice.ports ?? []).map((p) => (p.port === undefined ? (p.name ?? "*") : String(p.port)));
  const addresses = (slice.endpoints ?? []).flatMap((e) => e.addresses ?? []);
  return [
    nameOf(slice),
    slice.addressType,
    shortList(ports, entriesMax, ports.length) || "<unset>",
    shortList(addresses, entriesMax, addresses.length) || "<unset>",
    age(slice, now),
  ];
};
