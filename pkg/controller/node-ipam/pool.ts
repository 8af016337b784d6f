/** The blocks of one range of pod addresses that nodes may have, and who has them. */
import { type AddressRange, overlaps, parseRange, printRange, readRange } from "#pkg/apimachinery/net/range.ts";

/** Blocks of one pool: more are a mistake in the configuration. */
const blocksMax = 1 << 16;

export class BlockPool {
  readonly #range: AddressRange;
  readonly #bits: number;
  readonly #blockSize: bigint;
  readonly #count: number;
  /** How many hold a block: a node, or a range that must not be given away. */
  readonly #held = new Map<number, number>();
  #next = 0;

  /** `bits` of the prefix that each node gets. Throws an Error when the range has no such blocks, or too many of them. */
  constructor(cidr: string, bits: number) {
    this.#range = parseRange(cidr);
    const width = this.#range.family === 6 ? 128 : 32;
    if (bits < this.#range.bits || bits > width) throw new Error(`nodes cannot have a /${bits} of ${cidr}`);
    this.#bits = bits;
    this.#blockSize = 1n << BigInt(width - bits);
    this.#count = 2 ** (bits - this.#range.bits);
    if (this.#count > blocksMax) throw new Error(`${cidr} has more than ${blocksMax} blocks of /${bits}`);
  }

  /** Takes every block that the range touches; once more for each holder. */
  hold(cidr: string): void {
    for (const block of this.#blocksOf(cidr)) this.#held.set(block, (this.#held.get(block) ?? 0) + 1);
  }

  release(cidr: string): void {
    for (const block of this.#blocksOf(cidr)) {
      const left = (this.#held.get(block) ?? 0) - 1;
      if (left > 0) this.#held.set(block, left);
      else this.#held.delete(block);
    }
  }

  /** A block that nobody holds, held from now on; undefined when there is none. Goes round, so that blocks rest. */
  take(): string | undefined {
    for (let tried = 0; tried < this.#count; tried++) {
      const block = (this.#next + tried) % this.#count;
      if (this.#held.has(block)) continue;
      this.#held.set(block, 1);
      this.#next = (block + 1) % this.#count;
      const base = this.#range.base + BigInt(block) * this.#blockSize;
      return printRange({ ...this.#range, base, bits: this.#bits });
    }
    return undefined;
  }

  *#blocksOf(cidr: string): Iterable<number> {
    const range = readRange(cidr);
    if (!range || !overlaps(range, this.#range)) return;
    const from = range.base > this.#range.base ? range.base - this.#range.base : 0n;
    const end = range.base + range.size - this.#range.base;
    const first = Number(from / this.#blockSize);
    const last = Math.min(this.#count - 1, Number((end - 1n) / this.#blockSize));
    for (let block = first; block <= last; block++) yield block;
  }
}
