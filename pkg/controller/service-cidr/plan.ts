/** Which ServiceCIDRs may go: those without which every address of a Service is still in some range. Pure. */
import type { IPAddress, ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { type Address, parseAddress } from "#pkg/apimachinery/net/address.ts";
import { type AddressRange, containsAddress, containsRange, overlaps, readRange } from "#pkg/apimachinery/net/range.ts";

/** Of the records that the API server makes for Services. */
const managedBy = "ipaddress.kubernetes.io/managed-by";
const addressManager = "ipallocator.k8s.io";

export const rangesOf = ({ spec }: Readonly<ServiceCIDR>): AddressRange[] =>
  (spec?.cidrs ?? []).flatMap((text) => readRange(text) ?? []);

/** The address of a Service; undefined for what others record. */
export function addressOf({ metadata }: Readonly<IPAddress>): Address | undefined {
  return metadata.labels?.[managedBy] === addressManager ? parseAddress(metadata.name ?? "") : undefined;
}

const covers = (range: Readonly<ServiceCIDR>, address: Address): boolean =>
  rangesOf(range).some((one) => containsAddress(one, address));

export const covering = (all: Iterable<Readonly<ServiceCIDR>>, address: Address): Readonly<ServiceCIDR>[] =>
  [...all].filter((range) => covers(range, address));

export function overlapping(
  all: Iterable<Readonly<ServiceCIDR>>,
  range: Readonly<ServiceCIDR>,
): Readonly<ServiceCIDR>[] {
  const own = rangesOf(range);
  return [...all].filter((other) => rangesOf(other).some((one) => own.some((mine) => overlaps(mine, one))));
}

/** Linear in the addresses, which only a deletion asks for. */
export function mayGo(
  range: Readonly<ServiceCIDR>,
  all: readonly Readonly<ServiceCIDR>[],
  addresses: Iterable<Readonly<IPAddress>>,
): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== range.metadata.name);
  const theirs = others.flatMap(rangesOf);
  if (rangesOf(range).every((mine) => theirs.some((other) => containsRange(other, mine)))) return true;
  for (const record of addresses) {
    const address = addressOf(record);
    if (address && covers(range, address) && !theirs.some((other) => containsAddress(other, address))) return false;
  }
  return true;
}
