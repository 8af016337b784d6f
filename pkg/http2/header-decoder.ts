/** Reads header blocks (RFC 7541). One decoder a connection: blocks refer to what earlier ones said. */

import { Http2Error } from "./errors.ts";
import { errorCode } from "./frames.ts";
import { decodeHuffman } from "./huffman.ts";
import { firstDynamicIndex, staticTable } from "./static-table.ts";

const indexedBit = 0x80;
const incrementalBit = 0x40;
const tableSizeBit = 0x20;
const huffmanBit = 0x80;
/** What an entry counts for beyond its texts, bytes (section 4.1). */
export const entryOverhead = 32;
/** Entries that were evicted stay in the array until there are so many of them. */
const evictedMax = 64;

type Field = readonly [name: string, value: string];

/** Throws Http2Error with COMPRESSION_ERROR, after which the connection's tables are no longer the same on both sides. */
export class HeaderDecoder {
  /** Oldest first; the ones before `#first` are gone. */
  #entries: Field[] = [];
  #first = 0;
  #bytes = 0;
  /** What we announced, and what the other side made of it. */
  readonly #bytesAllowed: number;
  #bytesMax: number;
  #block: Buffer = Buffer.alloc(0);
  #at = 0;

  /** `tableBytes`: the size of the dynamic table that the other side was told. */
  constructor(tableBytes: number) {
    this.#bytesAllowed = tableBytes;
    this.#bytesMax = tableBytes;
  }

  /** Every field of a whole block, in order. */
  decode(block: Buffer, onField: (name: string, value: string) => void): void {
    this.#block = block;
    this.#at = 0;
    try {
      this.#readTableSizes();
      while (this.#at < block.length) {
        const first = block[this.#at] as number;
        if (first & indexedBit) {
          const field = this.#fieldAt(this.#integer(7));
          onField(field[0], field[1]);
        } else {
          const field = this.#literal(first);
          onField(field[0], field[1]);
        }
      }
    } catch (error) {
      throw new Http2Error(errorCode.compression, (error as Error).message);
    } finally {
      this.#block = Buffer.alloc(0);
    }
  }

  /** Only at the beginning of a block (section 4.2). */
  #readTableSizes(): void {
    while (this.#at < this.#block.length && ((this.#block[this.#at] as number) & 0xe0) === tableSizeBit) {
      const bytes = this.#integer(5);
      if (bytes > this.#bytesAllowed) throw new Error("hpack: a table larger than announced");
      this.#bytesMax = bytes;
      this.#evict();
    }
  }

  #literal(first: number): Field {
    const isKept = (first & incrementalBit) !== 0;
    if (!isKept && first & tableSizeBit) throw new Error("hpack: a table size amid fields");
    const index = this.#integer(isKept ? 6 : 4);
    const name = index === 0 ? this.#string() : this.#fieldAt(index)[0];
    const field: Field = [name, this.#string()];
    if (isKept) this.#insert(field);
    return field;
  }

  #fieldAt(index: number): Field {
    const field =
      index < firstDynamicIndex
        ? staticTable[index]
        : this.#entries[this.#entries.length - 1 - (index - firstDynamicIndex)];
    const isGone = index >= firstDynamicIndex && index - firstDynamicIndex >= this.#entries.length - this.#first;
    if (index === 0 || !field || isGone) throw new Error(`hpack: nothing is at index ${index}`);
    return field;
  }

  #insert(field: Field): void {
    this.#bytes += sizeOf(field);
    this.#entries.push(field);
    this.#evict();
  }

  #evict(): void {
    while (this.#bytes > this.#bytesMax) {
      this.#bytes -= sizeOf(this.#entries[this.#first] as Field);
      this.#first += 1;
    }
    if (this.#first <= evictedMax) return;
    this.#entries = this.#entries.slice(this.#first);
    this.#first = 0;
  }

  #integer(prefixBits: number): number {
    const mask = 2 ** prefixBits - 1;
    let value = this.#byte() & mask;
    if (value < mask) return value;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (value > 2 ** 31 || scale > 2 ** 31) throw new Error("hpack: an integer too large");
      if (byte < 0x80) return value;
    }
  }

  #string(): string {
    const block = this.#block;
    const coded = ((block[this.#at] ?? 0) & huffmanBit) !== 0;
    const length = this.#integer(7);
    const start = this.#at;
    const end = start + length;
    if (end > block.length) throw new Error("hpack: a string cut short");
    this.#at = end;
    return coded ? decodeHuffman(block, start, end) : block.toString("latin1", start, end);
  }

  #byte(): number {
    const byte = this.#block[this.#at];
    if (byte === undefined) throw new Error("hpack: a block cut short");
    this.#at += 1;
    return byte;
  }
}

const sizeOf = ([name, value]: Field): number => name.length + value.length + entryOverhead;
