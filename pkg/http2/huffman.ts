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

/** Codes of at most this many bits are found at once: those of all characters that headers are made of. */
const shortBits = 8;

/** By the next eight bits: the symbol, and above it how many of the bits are its code; 0 where the code is longer. */
const shortCodes: Uint16Array = buildShortCodes();

function buildShortCodes(): Uint16Array {
  const table = new Uint16Array(2 ** shortBits);
  byLength.slice(0, shortBits + 1).forEach(({ first, symbols }, bits) => {
    const span = 2 ** (shortBits - bits);
    symbols.forEach((symbol, index) => {
      const at = (first + index) * span;
      table.fill((bits << 8) | symbol, at, at + span);
    });
  });
  return table;
}

/** Decoded bytes on their way into a string. */
let scratch: Buffer = Buffer.allocUnsafe(4096);

/**
 * The text (a character a byte) that the Huffman-coded bytes from `start` to `end` stand for. Throws on a code that is
 * none, or on padding that is not ones.
 */
export function decodeHuffman(coded: Buffer, start = 0, end: number = coded.length): string {
  const bitsEnd = end * 8;
  // The shortest code has five bits.
  const room = Math.ceil(((end - start) * 8) / 5);
  if (room > scratch.length) scratch = Buffer.allocUnsafe(room * 2);
  let at = start * 8;
  let length = 0;
  while (at < bitsEnd) {
    const code = shortCodes[eightBits(coded, at, end)] as number;
    if (code === 0) {
      const long = longCode(coded, at, bitsEnd);
      if (!long) break;
      scratch[length++] = long.symbol;
      at += long.bits;
    } else {
      if (at + (code >> 8) > bitsEnd) break;
      scratch[length++] = code & 0xff;
      at += code >> 8;
    }
  }
  checkPadding(coded, at, bitsEnd);
  return scratch.toString("latin1", 0, length);
}

/** The bits from bit `at` on; behind the end there are ones, as in padding. */
function eightBits(coded: Buffer, at: number, end: number): number {
  const index = at >> 3;
  const next = index + 1 < end ? (coded[index + 1] as number) : 0xff;
  return ((((coded[index] as number) << 8) | next) >> (8 - (at & 7))) & 0xff;
}

/** Bit by bit: rare characters. undefined: the string ends before the code. */
function longCode(coded: Buffer, from: number, bitsEnd: number): { symbol: number; bits: number } | undefined {
  let code = 0;
  for (let bits = 1; bits <= bitsMax; bits += 1) {
    const at = from + bits - 1;
    if (at >= bitsEnd) return undefined;
    code = code * 2 + (((coded[at >> 3] as number) >> (7 - (at & 7))) & 1);
    const { first, end, symbols } = byLength[bits] as CodesOfLength;
    if (code < first || code >= end) continue;
    const symbol = symbols[code - first] ?? endOfString;
    if (symbol === endOfString) throw new Error("hpack: an end of string inside of a string");
    return { symbol, bits };
  }
  throw new Error("hpack: no such Huffman code");
}

function checkPadding(coded: Buffer, at: number, bitsEnd: number): void {
  const bits = bitsEnd - at;
  if (bits === 0) return;
  const ones = 2 ** Math.min(bits, 8) - 1;
  if (bits > 7 || ((coded[(bitsEnd >> 3) - 1] as number) & ones) !== ones) throw new Error("hpack: wrong padding");
}
