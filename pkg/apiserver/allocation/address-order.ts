/**
 * In which order the addresses of a range are tried. The lower part of a range is left to those who ask for an address
 * of it, as long as the upper part has some: https://kubernetes.io/docs/reference/networking/virtual-ips/#service-ip-static-sub-range
 * Pure but for `random`.
 */
import { type AddressRange, addressAt } from "#pkg/apimachinery/net/range.ts";

/** A share of the range, within bounds, is the lower part. */
const lowerShare = 16n;
const lowerMin = 16n;
const lowerMax = 256n;

/** An offset below `limit`, by chance. */
export type Random = (limit: bigint) => bigint;

/** Offsets of the first and the last address that may be had: not the network's own, nor IPv4's broadcast address. */
export function usableOffsets({ size, family }: AddressRange): { readonly first: bigint; readonly last: bigint } {
  return { first: 1n, last: family === 4 ? size - 2n : size - 1n };
}

function lowerSize({ size }: AddressRange): bigint {
  if (size <= lowerMin) return 0n;
  const share = size / lowerShare;
  return share < lowerMin ? lowerMin : share > lowerMax ? lowerMax : share;
}

/** Every address that may be had, once: the upper part from somewhere in it, then the lower part likewise. */
export function* addressesInOrder(range: AddressRange, random: Random): Generator<string, void, undefined> {
  const { first, last } = usableOffsets(range);
  const middle = first + lowerSize(range);
  yield* around(range, middle, last, random);
  yield* around(range, first, middle - 1n < last ? middle - 1n : last, random);
}

function* around(range: AddressRange, from: bigint, to: bigint, random: Random): Generator<string, void, undefined> {
  if (to < from) return;
  const count = to - from + 1n;
  const start = random(count);
  for (let n = 0n; n < count; n++) yield addressAt(range, from + ((start + n) % count));
}
