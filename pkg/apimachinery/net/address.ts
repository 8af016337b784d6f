/**
 * IPv4 and IPv6 addresses as numbers. Reading is as lenient as the API's old fields are: numbers may have leading
 * zeros. `isStrict` tells who wrote them.
 */

export interface Address {
  /** An IPv4 address in IPv6's clothes (`::ffff:1.2.3.4`) counts as IPv4. */
  readonly family: 4 | 6;
  readonly value: bigint;
  readonly mapped: boolean;
}

const mappedPrefix = 0xffffn;
const groupsCount = 8;

/** Undefined for what is no address; zones (`fe80::1%eth0`) are none. */
export function parseAddress(text: string): Address | undefined {
  if (!text.includes(":")) {
    const value = parseIpv4(text);
    return value === undefined ? undefined : { family: 4, value, mapped: false };
  }
  const value = parseIpv6(text);
  if (value === undefined) return undefined;
  return value >> 32n === mappedPrefix
    ? { family: 4, value: value & 0xffffffffn, mapped: true }
    : { family: 6, value, mapped: false };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4 || !parts.every((p) => /^\d+$/.test(p) && Number(p) < 256)) return undefined;
  return parts.reduce((sum, p) => (sum << 8n) | BigInt(p), 0n);
}

function parseIpv6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head = "", tail] = halves;
  const left = parseGroups(head, tail === undefined);
  const right = tail === undefined ? [] : parseGroups(tail, true);
  if (!left || !right) return undefined;
  const missing = groupsCount - left.length - right.length;
  // `::` stands for one group at least.
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined;
  const all = [...left, ...new Array<bigint>(missing).fill(0n), ...right];
  return all.reduce((sum, group) => (sum << 16n) | group, 0n);
}

/** `isLast`: these groups end the address, where an IPv4 address may stand for two of them. */
function parseGroups(text: string, isLast: boolean): bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: bigint[] = [];
  for (const [at, part] of parts.entries()) {
    if (isLast && at === parts.length - 1 && part.includes(".")) {
      const value = parseIpv4(part);
      if (value === undefined) return undefined;
      groups.push(value >> 16n, value & 0xffffn);
    } else if (/^0*[0-9a-f]{1,4}$/i.test(part)) groups.push(BigInt(`0x${part}`));
    else return undefined;
  }
  return groups;
}

/** Whether a text that `parseAddress` takes has no zeros in front that could be read as octal. */
export const isStrict = (text: string): boolean =>
  text.split(":").every((group) => (group.includes(".") ? !/(^|\.)0\d/.test(group) : group.length <= 4));

/** The one way to write an address: RFC 5952 for IPv6. */
export function printAddress(value: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
  const groups = Array.from({ length: groupsCount }, (_, i) =>
    ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16),
  );
  const { from, length } = longestZeros(groups);
  if (length < 2) return groups.join(":");
  return `${groups.slice(0, from).join(":")}::${groups.slice(from + length).join(":")}`;
}

/** The first of the longest runs. */
function longestZeros(groups: readonly string[]): { from: number; length: number } {
  let best = { from: 0, length: 0 };
  for (let from = 0; from < groups.length; from++) {
    let length = 0;
    while (groups[from + length] === "0") length++;
    if (length > best.length) best = { from, length };
  }
  return best;
}

/** The canonical text of what `text` says; undefined for no address. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseAddress(text);
  return address && printAddress(address.value, address.family);
}
