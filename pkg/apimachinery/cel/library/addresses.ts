/** `ip("10.0.0.1")` and `cidr("10.0.0.0/8")`. https://kubernetes.io/docs/reference/using-api/cel/#kubernetes-ip-address-library */
import { isIPv4, isIPv6 } from "node:net";
import { type Library, overload } from "../functions.ts";
import { opaque } from "../types.ts";
import { CelError, type OpaqueValue } from "../values.ts";

const ipType = opaque("net.IP");
const cidrType = opaque("net.CIDR");

class IpValue implements OpaqueValue {
  readonly opaque = ipType;
  readonly bits: bigint;
  readonly length: 32 | 128;
  constructor(bits: bigint, length: 32 | 128) {
    this.bits = bits;
    this.length = length;
  }
  get costSize(): number {
    return this.length / 8;
  }
  equals(other: OpaqueValue): boolean {
    const { bits, length } = other as IpValue;
    return bits === this.bits && length === this.length;
  }
}

class CidrValue implements OpaqueValue {
  readonly opaque = cidrType;
  readonly ip: IpValue;
  readonly prefix: number;
  constructor(ip: IpValue, prefix: number) {
    this.ip = ip;
    this.prefix = prefix;
  }
  get costSize(): number {
    return Math.ceil(this.prefix / 8);
  }
  equals(other: OpaqueValue): boolean {
    const { ip, prefix } = other as CidrValue;
    return prefix === this.prefix && ip.equals(this.ip);
  }
}

const mappedPrefix = 0xffffn << 32n;
const isMapped = ({ bits, length }: IpValue): boolean => length === 128 && bits >> 32n === mappedPrefix >> 32n;

function bitsOf(text: string): IpValue | undefined {
  if (isIPv4(text)) {
    // Upstream knows no octal: a zero in front is an error, and Node says so too.
    return new IpValue(
      text.split(".").reduce((sum, part) => (sum << 8n) | BigInt(part), 0n),
      32,
    );
  }
  if (!isIPv6(text)) return undefined;
  const plain = text.replace(/(\d+\.\d+\.\d+\.\d+)$/, (v4) => {
    const [a = 0, b = 0, c = 0, d = 0] = v4.split(".").map(Number);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::");
  const groups = (part: string): string[] => (part === "" ? [] : part.split(":"));
  const [left, right] = [groups(head), tail === undefined ? [] : groups(tail)];
  const all = [...left, ...Array(8 - left.length - right.length).fill("0"), ...right];
  return new IpValue(
    all.reduce((sum: bigint, group: string) => (sum << 16n) | BigInt(`0x${group}`), 0n),
    128,
  );
}

/** Throws CelError: addresses with a zone, or that hide an address of version 4, are not taken. */
function parseIp(text: string): IpValue {
  const shown = JSON.stringify(text);
  const [plain = "", zone] = text.split("%");
  const ip = bitsOf(plain);
  if (!ip || (zone !== undefined && ip.length === 32)) {
    throw new CelError(
      `IP Address ${shown} parse error during conversion from string: ParseAddr(${shown}): unable to parse IP`,
    );
  }
  if (zone !== undefined) throw new CelError(`IP address ${shown} with zone value is not allowed`);
  if (isMapped(ip)) throw new CelError(`IPv4-mapped IPv6 address ${shown} is not allowed`);
  return ip;
}

function parseCidr(text: string): CidrValue {
  const wrong = "network address parse error during conversion from string: ";
  const slash = text.lastIndexOf("/");
  const ip = slash < 0 ? undefined : bitsOf(text.slice(0, slash));
  const digits = text.slice(slash + 1);
  if (!ip || !/^(0|[1-9]\d{0,2})$/.test(digits) || Number(digits) > ip.length) {
    throw new CelError(
      `${wrong}${wrong}netip.ParsePrefix(${JSON.stringify(text)}): ${slash < 0 ? "no '/'" : ip ? "prefix length out of range" : "unable to parse IP"}`,
    );
  }
  if (isMapped(ip)) throw new CelError(`${wrong}IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`);
  return new CidrValue(ip, Number(digits));
}

const parses = (parse: (text: string) => unknown, text: string): boolean => {
  try {
    parse(text);
    return true;
  } catch (error) {
    if (error instanceof CelError) return false;
    throw error;
  }
};

function printIp({ bits, length }: IpValue): string {
  if (length === 32) return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join(".");
  const groups = Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));
  const text = groups.join(":");
  // The longest run of zeros is left out, the first of equals, if it is longer than one.
  const runs = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  const [longest] = runs;
  if (!longest) return text;
  const before = text.slice(0, longest.index).replace(/:$/, "");
  return `${before}::${text.slice(longest.index + longest[0].length).replace(/^:/, "")}`;
}

const printCidr = ({ ip, prefix }: CidrValue): string => `${printIp(ip)}/${prefix}`;

function mask({ ip, prefix }: CidrValue): CidrValue {
  const shift = BigInt(ip.length - prefix);
  return new CidrValue(new IpValue((ip.bits >> shift) << shift, ip.length), prefix);
}

const holdsIp = (cidr: CidrValue, ip: IpValue): boolean => {
  const shift = BigInt(cidr.ip.length - cidr.prefix);
  return cidr.ip.length === ip.length && cidr.ip.bits >> shift === ip.bits >> shift;
};
const holdsCidr = (cidr: CidrValue, other: CidrValue): boolean =>
  cidr.prefix <= other.prefix && holdsIp(cidr, other.ip);

const inRange = ({ bits, length }: IpValue, text: string): boolean => {
  const { ip, prefix } = parseCidr(text);
  return ip.length === length && holdsIp(new CidrValue(ip, prefix), new IpValue(bits, length));
};
const isLoopback = (ip: IpValue): boolean => inRange(ip, "127.0.0.0/8") || inRange(ip, "::1/128");
const isLinkLocalMulticast = (ip: IpValue): boolean =>
  inRange(ip, "224.0.0.0/24") || (ip.length === 128 && ip.bits >> 112n === 0xff02n) || isScopedLinkLocal(ip);
/** `ffX2::/16`, whatever the flags. */
const isScopedLinkLocal = ({ bits, length }: IpValue): boolean =>
  length === 128 && ((bits >> 112n) & 0xff0fn) === 0xff02n;
const isLinkLocalUnicast = (ip: IpValue): boolean => inRange(ip, "169.254.0.0/16") || inRange(ip, "fe80::/10");
const isMulticast = (ip: IpValue): boolean => inRange(ip, "224.0.0.0/4") || inRange(ip, "ff00::/8");
const isBroadcast = ({ bits, length }: IpValue): boolean => length === 32 && bits === 0xffff_ffffn;
const isGlobalUnicast = (ip: IpValue): boolean =>
  ip.bits !== 0n && !isBroadcast(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);

const tests: readonly (readonly [string, string, (ip: IpValue) => boolean])[] = [
  ["ip_is_unspecified", "isUnspecified", ({ bits }) => bits === 0n],
  ["ip_is_loopback", "isLoopback", isLoopback],
  ["ip_is_link_local_multicast", "isLinkLocalMulticast", isLinkLocalMulticast],
  ["ip_is_link_local_unicast", "isLinkLocalUnicast", isLinkLocalUnicast],
  ["ip_is_global_unicast", "isGlobalUnicast", isGlobalUnicast],
];

type Texts = readonly string[];
type Ips = readonly IpValue[];
type Cidrs = readonly CidrValue[];

const ips: Library = [
  overload("string_to_ip", "ip(string): net.IP", ([text]: Texts) => parseIp(text as string)),
  overload("is_ip", "isIP(string): bool", ([text]: Texts) => parses(parseIp, text as string)),
  overload(
    "ip_is_canonical",
    "ip.isCanonical(string): bool",
    ([text]: Texts) => printIp(parseIp(text as string)) === text,
  ),
  overload("ip_family", "net.IP->family(): int", ([ip]: Ips) => ((ip as IpValue).length === 32 ? 4n : 6n)),
  overload("ip_to_string", "string(net.IP): string", ([ip]: Ips) => printIp(ip as IpValue)),
  ...tests.map(([id, name, holds]) => overload(id, `net.IP->${name}(): bool`, ([ip]: Ips) => holds(ip as IpValue))),
];

const cidrs: Library = [
  overload("string_to_cidr", "cidr(string): net.CIDR", ([text]: Texts) => parseCidr(text as string)),
  overload("is_cidr", "isCIDR(string): bool", ([text]: Texts) => parses(parseCidr, text as string)),
  overload(
    "cidr_contains_ip_string",
    "net.CIDR->containsIP(string): bool",
    ([cidr, text]: readonly (CidrValue | string)[]) => holdsIp(cidr as CidrValue, parseIp(text as string)),
  ),
  overload(
    "cidr_contains_ip_ip",
    "net.CIDR->containsIP(net.IP): bool",
    ([cidr, ip]: readonly (CidrValue | IpValue)[]) => holdsIp(cidr as CidrValue, ip as IpValue),
  ),
  overload(
    "cidr_contains_cidr_string",
    "net.CIDR->containsCIDR(string): bool",
    ([cidr, text]: readonly (CidrValue | string)[]) => holdsCidr(cidr as CidrValue, parseCidr(text as string)),
  ),
  overload("cidr_contains_cidr", "net.CIDR->containsCIDR(net.CIDR): bool", ([a, b]: Cidrs) =>
    holdsCidr(a as CidrValue, b as CidrValue),
  ),
  overload("cidr_ip", "net.CIDR->ip(): net.IP", ([cidr]: Cidrs) => (cidr as CidrValue).ip),
  overload("cidr_prefix_length", "net.CIDR->prefixLength(): int", ([cidr]: Cidrs) =>
    BigInt((cidr as CidrValue).prefix),
  ),
  overload("cidr_masked", "net.CIDR->masked(): net.CIDR", ([cidr]: Cidrs) => mask(cidr as CidrValue)),
  overload("cidr_to_string", "string(net.CIDR): string", ([cidr]: Cidrs) => printCidr(cidr as CidrValue)),
];

export const addresses: Library = [...ips, ...cidrs];
