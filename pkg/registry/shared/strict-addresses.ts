/** Addresses and ranges as newer fields take them: in their one canonical form. Older fields warn about other forms. */
import { isStrict, parseAddress, printAddress } from "#pkg/apimachinery/net/address.ts";
import { printRange, readRange } from "#pkg/apimachinery/net/range.ts";
import { invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, say } from "./findings.ts";

/** What is wrong with an address; an empty list is a good one. */
export function strictAddressErrors(text: string): string[] {
  const address = parseAddress(text);
  if (!address) return ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"];
  if (!isStrict(text)) return ["must not have leading 0s"];
  if (address.mapped) return ["must not be an IPv4-mapped IPv6 address"];
  return canonical(text, printAddress(address.value, address.family));
}

function strictRangeErrors(text: string): string[] {
  const range = readRange(text);
  if (!range) return ["must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"];
  if (!isStrictRange(text)) return ["must not have leading 0s in IP or prefix length"];
  if (range.address.mapped) return ["must not have an IPv4-mapped IPv6 address"];
  if (range.address.value !== range.base) return ["must not have bits set beyond the prefix length"];
  return canonical(text, printRange(range));
}

const canonical = (text: string, form: string): string[] =>
  text === form ? [] : [`must be in canonical form (${JSON.stringify(form)})`];

function isStrictRange(text: string): boolean {
  const [address = "", bits = ""] = text.split("/");
  return isStrict(address) && !/^0\d/.test(bits);
}

export const strictRange = (path: string, text: string): Findings => say(path, text, strictRangeErrors(text));

/** What an old field lets pass, but not for ever. Only for texts that are addresses at all. */
export function addressWarnings(path: string, text: string): string[] {
  const address = parseAddress(text);
  if (!address) return [];
  const form = printAddress(address.value, address.family);
  const [said, better] = [JSON.stringify(text), JSON.stringify(form)];
  if (!isStrict(text) || address.mapped) {
    return [
      `${path}: non-standard IP address ${said} will be considered invalid in a future Kubernetes release: use ${better}`,
    ];
  }
  if (text === form) return [];
  return [`${path}: IPv6 address ${said} should be in RFC 5952 canonical format (${better})`];
}

export function rangeWarnings(path: string, text: string): string[] {
  const range = readRange(text);
  if (!range) return [];
  const { address } = range;
  const [said, better] = [JSON.stringify(text), JSON.stringify(printRange(range))];
  const warnings: string[] = [];
  if (address.value !== range.base) {
    const width = address.mapped || address.family === 6 ? 128 : 32;
    const alone = JSON.stringify(`${printAddress(address.value, address.family)}/${width}`);
    warnings.push(`${path}: CIDR value ${said} is ambiguous in this context (should be ${better} or ${alone}?)`);
  }
  if (!isStrictRange(text) || address.mapped) {
    warnings.push(
      `${path}: non-standard CIDR value ${said} will be considered invalid in a future Kubernetes release: use ${better}`,
    );
  }
  if (warnings.length === 0 && address.family === 6 && text !== printRange(range)) {
    warnings.push(`${path}: IPv6 CIDR value ${said} should be in RFC 5952 canonical format (${better})`);
  }
  return warnings;
}

/** A range in an old field. `known`: what was stored before may stay as it is. */
export function* lenientRange(path: string, text: string, known: ReadonlySet<string>): Findings {
  if (known.has(text) || readRange(text)) return;
  yield invalid(path, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)");
}
