/**
 * HPACK's Huffman code (RFC 7541, appendix B). The code is canonical: codes of one length are consecutive in the order of
 * their symbols, so that the lengths alone say everything.
 */

/** Bits of the code of each byte value. */
// biome-ignore format: sixteen a line, as byte values are read
const codeLengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
];

/** The end-of-string symbol: 30 ones. Only a prefix of it, shorter than a byte, may pad a string. */
const endOfString = 256;
const bitsMax = 30;

interface CodesOfLength {
  /** The smallest code of this length, and one above the largest. */
  readonly first: number;
  readonly end: number;
  /** By code minus `first`. */
  readonly symbols: readonly number[];
}

const byLength: readonly CodesOfLength[] = buildTable();

function buildTable(): CodesOfLength[] {
  const table: CodesOfLength[] = [];
  let next = 0;
  for (let bits = 0; bits <= bitsMax; bits += 1) {
    const symbols: number[] = [];
    for (let symbol = 0; symbol < endOfString; symbol += 1) if (codeLengths[symbol] === bits) symbols.push(symbol);
    if (bits === bitsMax) symbols.push(endOfString);
    table.push({ first: next, end: next + symbols.length, symbols });
    next = (next + symbols.length) * 2;
  }
  return table;
}

/** The bytes that a Huffman-coded string stands for. Throws on a code that is none, or on padding that is not ones. */
export function decodeHuffman(coded: Buffer): Buffer {
  const out: number[] = [];
  let code = 0;
  let bits = 0;
  for (const byte of coded) {
    for (let bit = 7; bit >= 0; bit -= 1) {
      code = code * 2 + ((byte >> bit) & 1);
      bits += 1;
      const codes = byLength[bits];
      if (!codes) throw new Error("hpack: no such Huffman code");
      if (code < codes.first || code >= codes.end) continue;
      const symbol = codes.symbols[code - codes.first] ?? endOfString;
      if (symbol === endOfString) throw new Error("hpack: an end of string inside of a string");
      out.push(symbol);
      code = 0;
      bits = 0;
    }
  }
  if (bits > 7 || code !== 2 ** bits - 1) throw new Error("hpack: wrong padding");
  return Buffer.from(out);
}
