/**
 * The events of one scope (a resource, one of its namespaces, one key), shared by all its watchers. An event is stored
 * once; each watcher has a position. What all have taken is dropped.
 */
import type { CachedEvent } from "./stored.ts";
import type { EventItem } from "./types.ts";

/** A watcher, as its topic sees it. */
export interface Reader {
  /** Index of the next event to take, counted from the topic's beginning. */
  position: number;
  /** Bytes of all events before `position`. */
  positionBytes: number;
  /** Events came since the reader last took. */
  behind: boolean;
  wake(): void;
  cutOff(): void;
}

export interface TopicLimits {
  readonly watchQueueEventsMax: number;
  readonly watchQueueBytesMax: number;
}

/** Events between two positions. */
interface Taken {
  readonly from: number;
  readonly end: number;
  readonly items: readonly EventItem[];
}

export class Topic {
  readonly readers = new Set<Reader>();
  /** Since the last `flush`. */
  isChanged = false;
  readonly #limits: TopicLimits;
  #events: CachedEvent[] = [];
  /** Position of the first event kept. */
  #base = 0;
  #totalBytes = 0;
  /** What the last reader took: most take the same. */
  #taken: Taken | undefined;
  /** Readers that have not taken since the last event. */
  #behind = 0;

  constructor(limits: TopicLimits) {
    this.#limits = limits;
  }

  join(reader: Reader): void {
    reader.position = this.#base + this.#events.length;
    reader.positionBytes = this.#totalBytes;
    reader.behind = false;
    this.readers.add(reader);
  }

  leave(reader: Reader): void {
    if (!this.readers.delete(reader)) return;
    if (reader.behind) this.#caughtUp(reader);
  }

  append(event: CachedEvent): void {
    this.isChanged = true;
    this.#events.push(event);
    this.#totalBytes += event.weightBytes;
  }

  /** After a batch of appends: wakes who slept, cuts off who is too far behind. */
  flush(): void {
    this.isChanged = false;
    const end = this.#base + this.#events.length;
    let oldest = end;
    const tooSlow: Reader[] = [];
    for (const reader of this.readers) {
      if (this.#tooFar(reader, end)) {
        tooSlow.push(reader);
        continue;
      }
      oldest = Math.min(oldest, reader.position);
      if (reader.behind) continue;
      reader.behind = true;
      this.#behind += 1;
      reader.wake();
    }
    // Only now that every reader knows of the new events: the last one behind that leaves takes them with it.
    for (const reader of tooSlow) reader.cutOff();
    this.#dropBefore(oldest);
  }

  /** What the reader has not seen; moves it to the end. Readers that were equally far get the same array. */
  take(reader: Reader): readonly EventItem[] {
    const { items, end } = this.#between(Math.max(this.#base, reader.position), this.#base + this.#events.length);
    reader.position = end;
    reader.positionBytes = this.#totalBytes;
    if (reader.behind) this.#caughtUp(reader);
    return items;
  }

  #between(from: number, end: number): Taken {
    if (this.#taken?.from !== from || this.#taken.end !== end) {
      const events = this.#events.slice(from - this.#base, end - this.#base);
      this.#taken = { from, end, items: events.map((event) => ({ kind: "event", event })) };
    }
    return this.#taken;
  }

  #tooFar(reader: Reader, end: number): boolean {
    return (
      end - reader.position > this.#limits.watchQueueEventsMax ||
      this.#totalBytes - reader.positionBytes > this.#limits.watchQueueBytesMax
    );
  }

  #caughtUp(reader: Reader): void {
    reader.behind = false;
    this.#behind -= 1;
    if (this.#behind > 0) return;
    this.#taken = undefined;
    this.#dropBefore(this.#base + this.#events.length);
  }

  /** Dropping only when it pays keeps the cost of an event constant. */
  #dropBefore(position: number): void {
    const count = position - this.#base;
    if (count <= 0 || this.#events.length === 0) return;
    if (count === this.#events.length) this.#events = [];
    else if (count * 2 > this.#events.length) this.#events = this.#events.slice(count);
    else return;
    this.#base = position;
  }
}
