/**
 * Who writes may not outrun who watches. Where many write at once what many watch, a write is answered when its event has been
 * handed to the watches: the next write then finds the way free, and events are not further behind than answers. A
 * watch whose client reads slowly holds nobody up.
 *
 * Nor are more writes let in than keep the server busy. Whoever is answered writes again, and what is written lies before the
 * watches' events while it waits for its turn. The answer may wait as well, where it is in nobody's way: the writer waits
 * as long, the watches less.
 */
import type { Clock } from "#pkg/apimachinery/clock.ts";
import { Queue } from "#pkg/apimachinery/queue.ts";
import type { Revisions } from "./revisions.ts";
import type { WatcherSet } from "./watcher-set.ts";

/** Fewer than these leave the watches time enough; they are answered at once. */
const writesMin = 8;
const watchesMin = 16;
/**
 * Writes under way together with those that answers are about to bring. With fewer the server, etcd and the writers wait for
 * each other.
 */
const aheadMax = 12;
/** Whoever has been answered and has not written after so long will not, ms. So many answers go out in this time, whatever comes. */
const returnMsMax = 8;

export interface WritePaceParts {
  readonly watchers: Pick<WatcherSet, "size">;
  readonly revisions: Pick<Revisions, "delivered">;
  readonly clock: Pick<Clock, "after">;
}

export class WritePace {
  readonly #parts: WritePaceParts;
  /** Not answered yet. */
  #writes = 0;
  /** Their events have not been handed over. */
  #ahead = 0;
  /** Answered, and expected to write again. */
  #returning = 0;
  readonly #held = new Queue<() => void>();
  #deadline: Disposable | undefined;

  constructor(parts: WritePaceParts) {
    this.#parts = parts;
  }

  /** Resolves with what was written, when it may be told. */
  async run<T extends { readonly revision: number }>(write: () => Promise<T>): Promise<T> {
    this.#writes += 1;
    if (this.#returning > 0) this.#returning -= 1;
    try {
      const written = await this.#deliver(write);
      if (this.#isCrowded()) await this.#mayReturn();
      return written;
    } finally {
      this.#writes -= 1;
    }
  }

  async #deliver<T extends { readonly revision: number }>(write: () => Promise<T>): Promise<T> {
    this.#ahead += 1;
    try {
      const written = await write();
      if (this.#isCrowded()) await this.#parts.revisions.delivered(written.revision);
      return written;
    } finally {
      this.#ahead -= 1;
      this.#release();
    }
  }

  #isCrowded(): boolean {
    return this.#writes >= writesMin && this.#parts.watchers.size >= watchesMin;
  }

  /** First come, first served. */
  #mayReturn(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#held.push(resolve);
    this.#release();
    return promise;
  }

  #release(): void {
    while (this.#held.length > 0 && this.#ahead + this.#returning < aheadMax) {
      this.#returning += 1;
      this.#held.shift()?.();
    }
    if (this.#held.length === 0 || this.#deadline) return;
    this.#deadline = this.#parts.clock.after(returnMsMax, () => {
      this.#deadline = undefined;
      this.#returning = 0;
      this.#release();
    });
  }
}
