/** Addresses and ranges of addresses, as upstream's legacy parsers take them. */
import { isIP, isIPv4 } from "node:net";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import type { Findings } from "./findings.ts";

const ipText = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
const cidrText = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";

/** Leading zeros were allowed once, and stored objects may have them. */
const withoutZeros = (text: string): string => text.replace(/(^|\.)0+(?=\d)/g, "$1");

/** 4, 6, or 0 for no address. */
export function familyOf(text: string): 0 | 4 | 6 {
  const family = isIP(text.includes(":") ? text : withoutZeros(text));
  // An IPv4 address in IPv6 clothes is an IPv4 address.
  if (family === 6 && /^::ffff:\d+\.\d+\.\d+\.\d+$/i.test(text)) return 4;
  return family as 0 | 4 | 6;
}

/** 4, 6, or 0 for no range. */
export function familyOfRange(text: string): 0 | 4 | 6 {
  const [address = "", bits = "", more] = text.split("/");
  const family = familyOf(address);
  if (more !== undefined || family === 0 || !/^\d{1,3}$/.test(bits)) return 0;
  return Number(bits) <= (isIPv4(withoutZeros(address)) ? 32 : 128) ? family : 0;
}

export function* ipAddress(path: string, value: string): Findings {
  if (familyOf(value) === 0) yield invalid(path, value, ipText);
}

export function* addressRange(path: string, value: string): Findings {
  if (familyOfRange(value) === 0) yield invalid(path, value, cidrText);
}

/** Addresses that mean something else than a host out there. */
export function* ordinaryAddress(path: string, value: string): Findings {
  const text = value.toLowerCase();
  if (/^0\.0\.0\.0$|^::$/.test(text)) yield invalid(path, value, "may not be unspecified (0.0.0.0 or ::)");
  if (/^127\.|^::1$/.test(text)) yield invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)");
  if (/^169\.254\.|^fe[89ab]/.test(text)) {
    yield invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)");
  }
  if (/^224\.0\.0\.|^ff[0-9a-f]2:/.test(text)) {
    yield invalid(path, value, "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)");
  }
}
