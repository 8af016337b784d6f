/** Arithmetic on a block of IPv4 or IPv6 addresses. */
import { isIPv6 } from "node:net";

export interface AddressRange {
  readonly family: 4 | 6;
  /** The first address of the block. */
  readonly base: bigint;
  readonly size: bigint;
}

/** Throws on anything but `address/bits`. */
export function parseRange(cidr: string): AddressRange {
  const [address = "", bits = ""] = cidr.split("/");
  const value = parseAddress(address);
  const family = isIPv6(address) ? 6 : 4;
  const width = family === 6 ? 128 : 32;
  const length = Number(bits);
  if (value === undefined || bits === "" || !(length >= 0 && length <= width)) throw new Error(`invalid CIDR ${cidr}`);
  const size = 1n << BigInt(width - length);
  return { family, size, base: value & ~(size - 1n) };
}

export function parseAddress(text: string): bigint | undefined {
  if (!isIPv6(text)) {
    const parts = text.split(".");
    if (parts.length !== 4 || !parts.every((p) => /^(0|[1-9]\d{0,2})$/.test(p) && Number(p) < 256)) return undefined;
    return parts.reduce((sum, p) => (sum << 8n) | BigInt(p), 0n);
  }
  const [head = "", tail] = text.split("::");
  const groups = (part: string) => (part === "" ? [] : part.split(":"));
  const left = groups(head);
  const right = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? [] : new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  const all = [...left, ...zeros, ...right];
  if (all.length !== 8) return undefined;
  return all.reduce((sum, g) => (sum << 16n) | BigInt(Number.parseInt(g, 16)), 0n);
}

export function printAddress(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

/** The nth address of a range; the zeroth is the network's own. */
export const addressAt = ({ base, family }: AddressRange, n: bigint): string => printAddress(base + n, family);
