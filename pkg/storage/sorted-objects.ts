/**
 * Objects in key order. Blocks of a few hundred, split when full: an insertion moves at most one block's tail, and walking
 * a prefix touches nothing outside of it. Keys compare by UTF-16 code units, which for every key that Kubernetes allows
 * is etcd's byte order. One object is found by its key's hash: comparing with a dozen keys that begin alike takes longer.
 */
import type { CachedObject } from "./stored.ts";

/** Half of it stays behind when a block splits. */
const BLOCK_SIZE_MAX = 512;

/** The smallest string above every key with this prefix: keys hold no character above it. */
export const endOfPrefix = (prefix: string): string => `${prefix}\uffff`;

interface Position {
  readonly block: number;
  readonly offset: number;
  readonly exact: boolean;
}

export class SortedObjects {
  readonly #blocks: CachedObject[][] = [];
  readonly #byKey = new Map<string, CachedObject>();
  #bytes = 0;

  get size(): number {
    return this.#byKey.size;
  }

  /** Of all objects. */
  get bytes(): number {
    return this.#bytes;
  }

  get(key: string): CachedObject | undefined {
    return this.#byKey.get(key);
  }

  /** Returns what was there before. */
  set(object: CachedObject): CachedObject | undefined {
    const { block, offset, exact } = this.#locate(object.key);
    const items = this.#blocks[block];
    this.#bytes += object.bytes.length;
    this.#byKey.set(object.key, object);
    if (!items) {
      this.#blocks.push([object]);
      return undefined;
    }
    if (exact) {
      const before = items[offset];
      items[offset] = object;
      this.#bytes -= before?.bytes.length ?? 0;
      return before;
    }
    items.splice(offset, 0, object);
    if (items.length > BLOCK_SIZE_MAX) this.#blocks.splice(block + 1, 0, items.splice(BLOCK_SIZE_MAX / 2));
    return undefined;
  }

  delete(key: string): CachedObject | undefined {
    const { block, offset, exact } = this.#locate(key);
    const items = this.#blocks[block];
    if (!exact || !items) return undefined;
    const [removed] = items.splice(offset, 1);
    if (items.length === 0) this.#blocks.splice(block, 1);
    this.#byKey.delete(key);
    this.#bytes -= removed?.bytes.length ?? 0;
    return removed;
  }

  /** In key order from `from` on (inclusive) while keys start with `prefix`; the set must not change meanwhile. */
  *from(from: string, prefix: string): Generator<CachedObject, void, void> {
    const start = this.#locate(from);
    let offset = start.offset;
    for (let b = start.block; b < this.#blocks.length; b += 1) {
      const items = this.#blocks[b] ?? [];
      for (; offset < items.length; offset += 1) {
        const object = items[offset];
        if (!object?.key.startsWith(prefix)) return;
        yield object;
      }
      offset = 0;
    }
  }

  /** The same, at most `max` of them, as they are now. */
  slice(from: string, prefix: string, max = Number.POSITIVE_INFINITY): CachedObject[] {
    const start = this.#locate(from);
    const end = this.#locate(endOfPrefix(prefix));
    const blocks: CachedObject[][] = [];
    let left = max;
    for (let b = start.block; b <= end.block && left > 0; b += 1) {
      const first = b === start.block ? start.offset : 0;
      const last = b === end.block ? end.offset : BLOCK_SIZE_MAX;
      const items = this.#blocks[b]?.slice(first, Math.max(first, Math.min(last, first + left))) ?? [];
      left -= items.length;
      blocks.push(items);
    }
    return blocks.flat();
  }

  /** How many keys are in [from, to). */
  count(from: string, to: string): number {
    return Math.max(0, this.#rank(to) - this.#rank(from));
  }

  *[Symbol.iterator](): Generator<CachedObject, void, void> {
    for (const block of this.#blocks) yield* block;
  }

  #rank(key: string): number {
    const { block, offset } = this.#locate(key);
    let rank = offset;
    for (let b = 0; b < block; b += 1) rank += this.#blocks[b]?.length ?? 0;
    return rank;
  }

  /** Where the key is, or where it would go: in the last block whose first key is not above it. */
  #locate(key: string): Position {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#blocks[middle]?.[0]?.key ?? "") <= key) low = middle + 1;
      else high = middle;
    }
    const block = Math.max(0, low - 1);
    const items = this.#blocks[block] ?? [];
    let from = 0;
    let to = items.length;
    while (from < to) {
      const middle = (from + to) >>> 1;
      if ((items[middle]?.key ?? "") < key) from = middle + 1;
      else to = middle;
    }
    return { block, offset: from, exact: items[from]?.key === key };
  }
}
