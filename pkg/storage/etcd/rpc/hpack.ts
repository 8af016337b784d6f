/**
 * Header blocks (RFC 7541), as a client needs them that announces a dynamic table of size 0: nothing that either side
 * sends depends on what was sent before, so that a request's block is made once and a response's is read in place.
 */
import { decodeHuffman } from "./huffman.ts";

/** The static table's names by index, with the values that responses may have. */
const staticTable: readonly (readonly [string, string])[] = [
  ["", ""],
  [":authority", ""],
  [":method", "GET"],
  [":method", "POST"],
  [":path", "/"],
  [":path", "/index.html"],
  [":scheme", "http"],
  [":scheme", "https"],
  [":status", "200"],
  [":status", "204"],
  [":status", "206"],
  [":status", "304"],
  [":status", "400"],
  [":status", "404"],
  [":status", "500"],
  ["accept-charset", ""],
  ["accept-encoding", "gzip, deflate"],
  ["accept-language", ""],
  ["accept-ranges", ""],
  ["accept", ""],
  ["access-control-allow-origin", ""],
  ["age", ""],
  ["allow", ""],
  ["authorization", ""],
  ["cache-control", ""],
  ["content-disposition", ""],
  ["content-encoding", ""],
  ["content-language", ""],
  ["content-length", ""],
  ["content-location", ""],
  ["content-range", ""],
  ["content-type", ""],
  ["cookie", ""],
  ["date", ""],
  ["etag", ""],
  ["expect", ""],
  ["expires", ""],
  ["from", ""],
  ["host", ""],
  ["if-match", ""],
  ["if-modified-since", ""],
  ["if-none-match", ""],
  ["if-range", ""],
  ["if-unmodified-since", ""],
  ["last-modified", ""],
  ["link", ""],
  ["location", ""],
  ["max-forwards", ""],
  ["proxy-authenticate", ""],
  ["proxy-authorization", ""],
  ["range", ""],
  ["referer", ""],
  ["refresh", ""],
  ["retry-after", ""],
  ["server", ""],
  ["set-cookie", ""],
  ["strict-transport-security", ""],
  ["transfer-encoding", ""],
  ["user-agent", ""],
  ["vary", ""],
  ["via", ""],
  ["www-authenticate", ""],
];

const indexedBit = 0x80;
const incrementalBit = 0x40;
const tableSizeBit = 0x20;

/** A block of literal fields that no table remembers. */
export function encodeHeaders(headers: readonly (readonly [string, string])[]): Buffer {
  const out: number[] = [];
  for (const [name, value] of headers) {
    out.push(0);
    pushString(out, name);
    pushString(out, value);
  }
  return Buffer.from(out);
}

function pushString(into: number[], text: string): void {
  const bytes = Buffer.from(text, "latin1");
  let rest = bytes.length;
  if (rest < 0x7f) into.push(rest);
  else {
    into.push(0x7f);
    for (rest -= 0x7f; rest > 0x7f; rest >>= 7) into.push((rest & 0x7f) | 0x80);
    into.push(rest);
  }
  into.push(...bytes);
}

/** The fields of a block, a later one of the same name in front. Throws where the block is none. */
export function decodeHeaders(block: Buffer): Map<string, string> {
  const headers = new Map<string, string>();
  const reader = new BlockReader(block);
  while (!reader.atEnd) {
    const first = reader.peek();
    if (first & indexedBit) headers.set(...fieldAt(reader.integer(7)));
    else if (first & incrementalBit) readLiteral(reader, 6, headers);
    else if (first & tableSizeBit) {
      if (reader.integer(5) !== 0) throw new Error("hpack: a table larger than announced");
    } else readLiteral(reader, 4, headers);
  }
  return headers;
}

function fieldAt(index: number): readonly [string, string] {
  const field = staticTable[index];
  if (index === 0 || !field) throw new Error(`hpack: nothing is at index ${index}`);
  return field;
}

function readLiteral(reader: BlockReader, prefixBits: number, into: Map<string, string>): void {
  const index = reader.integer(prefixBits);
  const name = index === 0 ? reader.string() : fieldAt(index)[0];
  into.set(name, reader.string());
}

class BlockReader {
  readonly #block: Buffer;
  #at = 0;

  constructor(block: Buffer) {
    this.#block = block;
  }

  get atEnd(): boolean {
    return this.#at >= this.#block.length;
  }

  peek(): number {
    return this.#block[this.#at] ?? 0;
  }

  integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (value > 2 ** 31) throw new Error("hpack: an integer too large");
      if (byte < 0x80) return value;
    }
  }

  string(): string {
    const coded = (this.peek() & 0x80) !== 0;
    const length = this.integer(7);
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#block.length) throw new Error("hpack: a string cut short");
    if (!coded) return this.#block.toString("latin1", start, this.#at);
    return decodeHuffman(this.#block.subarray(start, this.#at)).toString("latin1");
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Error("hpack: a block cut short");
    this.#at += 1;
    return byte;
  }
}
