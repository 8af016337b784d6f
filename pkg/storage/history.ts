/** The past events of one resource, newest last, bounded in number and bytes. */
import type { CachedEvent } from "./stored.ts";

export interface HistoryLimits {
  readonly historyEventsMax: number;
  readonly historyBytesMax: number;
}

export class History {
  readonly #limits: HistoryLimits;
  #events: CachedEvent[] = [];
  /** Where the oldest event is: the space before it is reclaimed when it is half of the array. */
  #start = 0;
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
    return this.#events.length - this.#start;
  }

  push(event: CachedEvent): void {
    this.#events.push(event);
    this.#bytes += event.weightBytes;
    while (
      this.length > this.#limits.historyEventsMax ||
      (this.#bytes > this.#limits.historyBytesMax && this.length > 0)
    ) {
      this.#drop();
    }
    if (this.#start > 64 && this.#start * 2 > this.#events.length) {
      this.#events = this.#events.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Forgets everything up to and at `floor`. */
  reset(floor: number): void {
    this.#events = [];
    this.#start = 0;
    this.#bytes = 0;
    this.#floor = floor;
  }

  /** Events after the revision, oldest first; undefined when some of them are gone. */
  after(revision: number): readonly CachedEvent[] | undefined {
    if (revision < this.#floor) return undefined;
    let low = this.#start;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.revision ?? 0) <= revision) low = middle + 1;
      else high = middle;
    }
    return this.#events.slice(low);
  }

  #drop(): void {
    const event = this.#events[this.#start];
    if (!event) return;
    // The array is shared with nobody; an empty slot lets the event go before the next compaction of the array.
    (this.#events as (CachedEvent | undefined)[])[this.#start] = undefined;
    this.#start += 1;
    this.#bytes -= event.weightBytes;
    this.#floor = event.revision;
  }
}
