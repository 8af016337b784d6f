/** The past events of one resource, newest last, bounded in number and bytes. */
import { Queue } from "#pkg/apimachinery/queue.ts";
import type { CachedEvent } from "./stored.ts";

export interface HistoryLimits {
  readonly historyEventsMax: number;
  readonly historyBytesMax: number;
}

export class History {
  readonly #limits: HistoryLimits;
  #events = new Queue<CachedEvent>();
  #bytes = 0;
  #floor = 0;

  constructor(limits: HistoryLimits) {
    this.#limits = limits;
  }

  /** Every event after this revision is here; of those up to it, some or all are gone. */
  get floor(): number {
    return this.#floor;
  }

  get length(): number {
    return this.#events.length;
  }

  push(event: CachedEvent): void {
    this.#events.push(event);
    this.#bytes += event.weightBytes;
    while (this.length > this.#limits.historyEventsMax || this.#bytes > this.#limits.historyBytesMax) {
      const oldest = this.#events.shift();
      if (!oldest) return;
      this.#bytes -= oldest.weightBytes;
      this.#floor = oldest.revision;
    }
  }

  /** Forgets everything up to and at `floor`. */
  reset(floor: number): void {
    this.#events = new Queue();
    this.#bytes = 0;
    this.#floor = floor;
  }

  /** Events after the revision, oldest first; undefined when some of them are gone. */
  after(revision: number): readonly CachedEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events.at(middle)?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }
}
