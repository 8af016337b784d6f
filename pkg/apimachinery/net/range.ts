/** Arithmetic on blocks of IPv4 or IPv6 addresses (`10.96.0.0/12`). */
import { type Address, parseAddress, printAddress } from "./address.ts";

export interface AddressRange {
  readonly family: 4 | 6;
  /** The first address of the block. */
  readonly base: bigint;
  readonly size: bigint;
  /** Length of the prefix, of 32 or 128. */
  readonly bits: number;
  /** What stands before the slash, which may be inside the block. */
  readonly address: Address;
}

const widthOf = (family: 4 | 6): number => (family === 6 ? 128 : 32);

/** Undefined for anything but `address/bits`; as lenient as `parseAddress`. */
export function readRange(cidr: string): AddressRange | undefined {
  const slash = cidr.indexOf("/");
  const address = slash < 0 ? undefined : parseAddress(cidr.slice(0, slash));
  const written = cidr.slice(slash + 1);
  if (!address || !/^\d+$/.test(written)) return undefined;
  const { mapped, value } = address;
  if (Number(written) > (mapped ? 128 : widthOf(address.family))) return undefined;
  // A short prefix of a mapped address says something about all of IPv6.
  const family = mapped && Number(written) < 96 ? 6 : address.family;
  const bits = mapped && family === 4 ? Number(written) - 96 : Number(written);
  const whole = mapped && family === 6 ? value | (0xffffn << 32n) : value;
  const size = 1n << BigInt(widthOf(family) - bits);
  return { family, bits, size, base: whole & ~(size - 1n), address };
}

/** As `readRange`; throws where that is undefined. */
export function parseRange(cidr: string): AddressRange {
  const range = readRange(cidr);
  if (!range) throw new Error(`invalid CIDR ${cidr}`);
  return range;
}

/** The nth address of a range; the zeroth is the network's own. */
export const addressAt = ({ base, family }: AddressRange, n: bigint): string => printAddress(base + n, family);

export const printRange = ({ base, family, bits }: AddressRange): string => `${printAddress(base, family)}/${bits}`;

export const containsAddress = (range: AddressRange, { family, value }: Pick<Address, "family" | "value">): boolean =>
  family === range.family && value >= range.base && value < range.base + range.size;

/** Whether all of `inner` is in `outer`. */
export const containsRange = (outer: AddressRange, inner: AddressRange): boolean =>
  outer.family === inner.family && inner.base >= outer.base && inner.base + inner.size <= outer.base + outer.size;

export const overlaps = (a: AddressRange, b: AddressRange): boolean => containsRange(a, b) || containsRange(b, a);
