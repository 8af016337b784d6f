/** Addresses and ranges read as leniently as old fields allow, with what new fields would mind. */
import { isIPv4, isIPv6 } from "node:net";

export interface AddressForm {
  /** An IPv4 address in the clothes of IPv6 (`::ffff:1.2.3.4`) counts as 4. */
  readonly family: 4 | 6;
  readonly canonical: string;
  readonly isMapped: boolean;
  /** Written with leading zeros where they are ambiguous: some read such numbers as octal. */
  readonly hasZeros: boolean;
}

export interface RangeForm extends Omit<AddressForm, "canonical"> {
  /** The network and its length. */
  readonly canonical: string;
  /** What was written before the length, in canonical form. */
  readonly address: string;
  /** Bits of an address: 32 or 128. */
  readonly width: number;
  /** The address before the length is not the network's own. */
  readonly hasHostBits: boolean;
}

/** Undefined for what is no address. Zones (`fe80::1%eth0`) are none. */
export function parseAddress(text: string): AddressForm | undefined {
  // Nearly all are plain, and slices have many.
  if (isIPv4(text)) return { family: 4, canonical: text, isMapped: false, hasZeros: false };
  const parsed = bitsOf(text);
  if (!parsed) return undefined;
  const isMapped = parsed.width === 128 && isMappedBits(parsed.bits);
  return {
    family: parsed.width === 32 || isMapped ? 4 : 6,
    canonical: print(parsed.bits, parsed.width),
    isMapped,
    hasZeros: parsed.hasZeros,
  };
}

/** Undefined for what is not `address/length`. */
export function parseRange(text: string): RangeForm | undefined {
  const slash = text.indexOf("/");
  const parsed = slash < 0 ? undefined : bitsOf(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!parsed || !/^\d+$/.test(digits) || Number(digits) > parsed.width) return undefined;
  const { bits, width } = parsed;
  const length = Number(digits);
  const host = (1n << BigInt(width - length)) - 1n;
  const network = bits & ~host;
  const asMapped = width === 128 && isMappedBits(network) && length >= 96;
  return {
    family: width === 32 || asMapped ? 4 : 6,
    canonical: `${print(network, width)}/${asMapped ? length - 96 : length}`,
    address: print(bits, width),
    width,
    isMapped: width === 128 && isMappedBits(bits),
    hasZeros: parsed.hasZeros || /^0\d/.test(digits),
    hasHostBits: network !== bits,
  };
}

interface Bits {
  readonly bits: bigint;
  readonly width: 32 | 128;
  readonly hasZeros: boolean;
}

function bitsOf(text: string): Bits | undefined {
  const colon = text.indexOf(":");
  const dot = text.indexOf(".");
  // Whichever comes first tells which of the two it wants to be.
  if (colon < 0 || (dot >= 0 && dot < colon)) {
    const plain = withoutZeros(text);
    return isIPv4(plain) ? { bits: bitsOf4(plain), width: 32, hasZeros: plain !== text } : undefined;
  }
  const plain = dot < 0 ? text : text.slice(0, text.lastIndexOf(":") + 1) + withoutZeros(lastPart(text));
  if (!isIPv6(plain) || plain.includes("%")) return undefined;
  return { bits: bitsOf6(plain), width: 128, hasZeros: plain !== text };
}

const lastPart = (text: string): string => text.slice(text.lastIndexOf(":") + 1);
const withoutZeros = (text: string): string => text.replace(/(^|\.)0+(?=\d)/g, "$1");

const bitsOf4 = (text: string): bigint => text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n);

function bitsOf6(text: string): bigint {
  const tail = lastPart(text);
  const hex = tail.includes(".") ? `${text.slice(0, -tail.length)}${asGroups(bitsOf4(tail))}` : text;
  const [head = "", rest] = hex.split("::");
  const groupsOf = (part: string | undefined): string[] => (part ? part.split(":") : []);
  const [left, right] = [groupsOf(head), groupsOf(rest)];
  const zeros = new Array<string>(Math.max(0, 8 - left.length - right.length)).fill("0");
  return [...left, ...zeros, ...right].reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

const asGroups = (bits: bigint): string => `${(bits >> 16n).toString(16)}:${(bits & 0xffffn).toString(16)}`;

const isMappedBits = (bits: bigint): boolean => bits >> 32n === 0xffffn;

/** RFC 5952; mapped addresses as the IPv4 ones they are. */
function print(bits: bigint, width: 32 | 128): string {
  if (width === 32 || isMappedBits(bits)) {
    return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join(".");
  }
  const groups = Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  // The URL standard prints addresses by the same rules.
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}
