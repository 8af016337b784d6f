/** Writes header blocks (RFC 7541). */
import { entryOverhead } from "./header-decoder.ts";
import { firstDynamicIndex, staticNames, staticTable } from "./static-table.ts";

/** The table that every peer keeps until it says otherwise, bytes (RFC 9113, section 6.5.2). */
export const tableBytesDefault = 4096;
/** The most bytes that a length or an index takes here. */
const integerBytesMax = 6;
const statusIndex = 8;
/** Characters that are copied sooner here than by asking Node to. */
const shortMax = 48;

/** A block of literal fields that no table remembers: the same bytes on every connection. */
export function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  const size = headers.reduce((sum, [name, value]) => sum + literalBytesMax(name, value), 0);
  const into = Buffer.allocUnsafe(size);
  let at = 0;
  for (const [name, value] of headers) {
    into[at++] = 0;
    at = writeString(into, at, name);
    at = writeString(into, at, value);
  }
  return into.subarray(0, at);
}

const literalBytesMax = (name: string, value: string): number => 1 + 2 * integerBytesMax + name.length + value.length;

/** Characters beyond Latin-1 lose their upper half, as they do in Node. */
function writeString(into: Buffer, start: number, text: string): number {
  const { length } = text;
  const at = writeInteger(into, start, 0, 7, length);
  if (length > shortMax) return at + into.write(text, at, "latin1");
  for (let i = 0; i < length; i++) into[at + i] = text.charCodeAt(i);
  return at + length;
}

function writeInteger(into: Buffer, start: number, pattern: number, prefixBits: number, value: number): number {
  const mask = 2 ** prefixBits - 1;
  let at = start;
  if (value < mask) {
    into[at++] = pattern | value;
    return at;
  }
  into[at++] = pattern | mask;
  let rest = value - mask;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) into[at++] = (rest & 0x7f) | 0x80;
  into[at++] = rest;
  return at;
}

/** Fields whose few values come again and again. */
const repeatedNames: readonly string[] = [
  "cache-control",
  "content-encoding",
  "content-type",
  "vary",
  "x-content-type-options",
  "x-kubernetes-pf-flowschema-uid",
  "x-kubernetes-pf-prioritylevel-uid",
];

const statusCodes: ReadonlyMap<number, number> = new Map(
  staticTable.flatMap(([name, value], index) => (name === ":status" ? [[Number(value), index] as const] : [])),
);

export type HeaderFields = Readonly<Record<string, string | number | readonly string[]>>;

/**
 * The blocks of one connection's responses. The table takes what is said often until it is full and then stays as it is:
 * nothing is ever evicted, so that an index once given holds.
 */
export class ResponseEncoder {
  /** Where in the table the values of repeated fields are, by name: counted from the first entry. Empty: there is no table. */
  readonly #positions = new Map(repeatedNames.map((name) => [name, new Map<string, number>()]));
  #inserted = 0;
  #bytes = 0;
  /** The table's size was reduced to nothing, which the next block says first. */
  #saysSize = false;

  /** The peer keeps a table of so many bytes. */
  limitTable(bytes: number): void {
    if (bytes >= tableBytesDefault || this.#positions.size === 0) return;
    this.#saysSize = true;
    this.#positions.clear();
  }

  /** An upper bound for `encode`. */
  bytesMax(headers: HeaderFields): number {
    let bytes = 16;
    for (const name in headers) {
      const value = headers[name] as HeaderFields[string];
      if (typeof value === "string") bytes += literalBytesMax(name, value);
      else if (typeof value === "number") bytes += literalBytesMax(name, "") + 24;
      else for (const one of value) bytes += literalBytesMax(name, one);
    }
    return bytes;
  }

  /** Writes the block at `start`; returns its end. Names are lower-case. */
  encode(into: Buffer, start: number, status: number, headers: HeaderFields): number {
    let at = start;
    if (this.#saysSize) {
      this.#saysSize = false;
      into[at++] = 0x20;
    }
    const known = statusCodes.get(status);
    if (known === undefined) {
      into[at++] = statusIndex;
      at = writeString(into, at, String(status));
    } else into[at++] = 0x80 | known;
    for (const name in headers) {
      const value = headers[name] as HeaderFields[string];
      if (typeof value === "string") at = this.#field(into, at, name, value);
      else if (typeof value === "number") at = this.#field(into, at, name, String(value));
      else for (const one of value) at = this.#field(into, at, name, one);
    }
    return at;
  }

  #field(into: Buffer, start: number, name: string, value: string): number {
    const positions = this.#positions.get(name);
    if (positions) {
      const position = positions.get(value);
      if (position !== undefined) {
        return writeInteger(into, start, 0x80, 7, firstDynamicIndex + this.#inserted - 1 - position);
      }
      const size = name.length + value.length + entryOverhead;
      if (this.#bytes + size <= tableBytesDefault) {
        this.#bytes += size;
        positions.set(value, this.#inserted++);
        return writeLiteral(into, start, { pattern: 0x40, prefixBits: 6 }, name, value);
      }
    }
    return writeLiteral(into, start, { pattern: 0, prefixBits: 4 }, name, value);
  }
}

interface Literal {
  readonly pattern: number;
  readonly prefixBits: number;
}

function writeLiteral(into: Buffer, start: number, { pattern, prefixBits }: Literal, name: string, value: string) {
  const index = staticNames.get(name) ?? 0;
  let at = writeInteger(into, start, pattern, prefixBits, index);
  if (index === 0) at = writeString(into, at, name);
  return writeString(into, at, value);
}
