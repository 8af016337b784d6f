/** What the watches write that one batch of events woke: made once for those that take the same items and show them alike. */
import type { WatchItem } from "#pkg/storage/types.ts";

/** Longer batches are not kept: few watches share them, and nothing should hold them. */
const itemsMax = 64;

interface Batch {
  readonly items: readonly WatchItem[];
  readonly key: string;
  readonly bytes: Buffer;
}

export class Batches {
  /** The watches are woken one after the other, so that only the last batch is asked for. */
  #last: Batch | undefined;

  find(items: readonly WatchItem[], key: string): Buffer | undefined {
    const last = this.#last;
    return last && last.items === items && last.key === key ? last.bytes : undefined;
  }

  keep(items: readonly WatchItem[], key: string, bytes: Buffer): void {
    this.#last = items.length <= itemsMax ? { items, key, bytes } : undefined;
  }
}
