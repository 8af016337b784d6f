import type { EndpointSubset, Endpoints } from "#api/types/core/v1";
import { age, type Cells, nameOf, shortList } from "#pkg/apimachinery/table/cells.ts";

const addressesMax = 3;

export const endpointsCells: Cells<Endpoints> = (endpoints, now) => {
  const all = (endpoints.subsets ?? []).flatMap(addressesOf);
  const text = endpoints.subsets?.length ? shortList(all, addressesMax, all.length) : "<none>";
  return [nameOf(endpoints), text, age(endpoints, now)];
};

function addressesOf(subset: EndpointSubset): string[] {
  const ips = (subset.addresses ?? []).map((a) => a.ip);
  if (!subset.ports?.length) return ips;
  return subset.ports.flatMap(({ port }) => ips.map((ip) => (ip.includes(":") ? `[${ip}]:${port}` : `${ip}:${port}`)));
}
