/**
 * Rules on addresses and ranges of addresses. Old fields take what upstream's first parsers took: leading zeros in IPv4, and
 * IPv4 in the clothes of IPv6. New ones want the canonical form.
 */
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";
import { parseAddress, parseRange } from "./ip-forms.ts";

const ipText = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const cidrText = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** 4, 6, or 0 for no address. */
export const familyOf = (text: string): 0 | 4 | 6 => parseAddress(text)?.family ?? 0;

/** 4, 6, or 0 for no range. */
export const familyOfRange = (text: string): 0 | 4 | 6 => parseRange(text)?.family ?? 0;

/** An address in an old field. */
export function* ipAddress(path: string, value: string): Findings {
  if (!parseAddress(value)) yield invalid(path, value, ipText);
}

/** An address in its canonical form. */
export function* strictAddress(path: string, value: string): Findings {
  const address = parseAddress(value);
  if (!address) yield invalid(path, value, ipText);
  else if (address.hasZeros) yield invalid(path, value, "must not have leading 0s");
  else if (address.isMapped) yield invalid(path, value, "must not be an IPv4-mapped IPv6 address");
  else if (address.canonical !== value) yield invalid(path, value, canonicalText(address.canonical));
}

/** A range in an old field. */
export function* addressRange(path: string, value: string): Findings {
  if (!parseRange(value)) yield invalid(path, value, cidrText);
}

/** A range in its canonical form, with no bits beyond its length. */
export function* strictRange(path: string, value: string): Findings {
  const range = parseRange(value);
  if (!range) yield invalid(path, value, cidrText);
  else if (range.hasZeros) yield invalid(path, value, "must not have leading 0s in IP or prefix length");
  else if (range.isMapped) yield invalid(path, value, "must not have an IPv4-mapped IPv6 address");
  else if (range.hasHostBits) yield invalid(path, value, "must not have bits set beyond the prefix length");
  else if (range.canonical !== value) yield invalid(path, value, canonicalText(range.canonical));
}

const canonicalText = (canonical: string): string => `must be in canonical form (${JSON.stringify(canonical)})`;

/** Addresses that mean something else than a host out there. */
export function* ordinaryAddress(path: string, value: string): Findings {
  const address = parseAddress(value);
  if (!address) {
    yield invalid(path, value, "must be a valid IP address");
    return;
  }
  const text = address.canonical;
  if (text === "0.0.0.0" || text === "::") yield invalid(path, value, `may not be unspecified (${value})`);
  if (/^127\.|^::1$/.test(text)) yield invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (/^169\.254\.|^fe[89ab][0-9a-f]:/.test(text)) {
    yield invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (/^224\.0\.0\.|^ff[0-9a-f]2:/.test(text)) {
    yield invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}

/** What a client is told of an address in an old field that a new one would refuse. */
export function addressWarnings(path: string, value: string): string[] {
  const address = parseAddress(value);
  if (!address) return [];
  const { canonical } = address;
  if (address.hasZeros || address.isMapped) return [nonStandard(path, "IP address", value, canonical)];
  return address.family === 6 && canonical !== value ? [notCanonical(path, "address", value, canonical)] : [];
}

/** What a client is told of a range in an old field that a new one would refuse. */
export function rangeWarnings(path: string, value: string): string[] {
  const range = parseRange(value);
  if (!range) return [];
  const { canonical } = range;
  const warnings: string[] = [];
  if (range.hasHostBits) {
    const single = JSON.stringify(`${range.address}/${range.width}`);
    const should = `should be ${JSON.stringify(canonical)} or ${single}?`;
    warnings.push(`${path}: CIDR value ${JSON.stringify(value)} is ambiguous in this context (${should})`);
  }
  if (range.hasZeros || range.isMapped) warnings.push(nonStandard(path, "CIDR value", value, canonical));
  if (warnings.length > 0 || range.family === 4 || canonical === value) return warnings;
  return [notCanonical(path, "CIDR value", value, canonical)];
}

const nonStandard = (path: string, what: string, value: string, canonical: string): string =>
  `${path}: non-standard ${what} ${JSON.stringify(value)} will be considered invalid in a future Kubernetes release: use ${JSON.stringify(canonical)}`;

const notCanonical = (path: string, what: string, value: string, canonical: string): string =>
  `${path}: IPv6 ${what} ${JSON.stringify(value)} should be in RFC 5952 canonical format (${JSON.stringify(canonical)})`;
