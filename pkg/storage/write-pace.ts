/**
 * Who writes may not outrun who watches. Where many write at once what many watch, a write is answered when its event has been
 * handed to the watches: the next write then finds the way free, and events are not further behind than answers. A
 * watch whose client reads slowly holds nobody up.
 */
import type { Revisions } from "./revisions.ts";
import type { WatcherSet } from "./watcher-set.ts";

/** Fewer than these leave the watches time enough; they are answered at once. */
const writesMin = 8;
const watchesMin = 16;

export class WritePace {
  readonly #watchers: Pick<WatcherSet, "size">;
  readonly #revisions: Pick<Revisions, "delivered">;
  /** Not answered yet. */
  #writes = 0;

  constructor(watchers: Pick<WatcherSet, "size">, revisions: Pick<Revisions, "delivered">) {
    this.#watchers = watchers;
    this.#revisions = revisions;
  }

  /** Resolves with what was written, when it may be told. */
  async run<T extends { readonly revision: number }>(write: () => Promise<T>): Promise<T> {
    this.#writes += 1;
    try {
      const written = await write();
      if (this.#writes >= writesMin && this.#watchers.size >= watchesMin) {
        await this.#revisions.delivered(written.revision);
      }
      return written;
    } finally {
      this.#writes -= 1;
    }
  }
}
