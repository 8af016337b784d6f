/** One running watch: what it starts with, then its topic's events. */
import type { Reader, Topic } from "./topic.ts";
import type { EventItem, Watch, WatchItem } from "./types.ts";

/** Initial items given by one `take`, so that a big state does not become one big array of frames. */
const INITIAL_ITEMS_MAX = 1_000;

export interface WatcherStart {
  /** The key or prefix watched. */
  readonly scope: string;
  readonly topic: Topic;
  /** Given out before the topic's events: the state, or the history since the watch's revision. */
  readonly initial: Iterator<WatchItem>;
  /** Events up to here are none of this watch's: it begins in the future of a server that is behind. */
  readonly after: number;
  /** The revision of which the watch's client has everything before the first `take`; 0: none. */
  readonly delivered: number;
  /** The newest revision that the cache has seen. */
  readonly cacheRevision: () => number;
  /** Called once, when the watch is over. */
  readonly onEnd: (watcher: Watcher) => void;
}

type Ending = Awaited<Watch["ended"]>;

export class Watcher implements Watch, Reader {
  onReady: () => void = () => {};
  position = 0;
  positionBytes = 0;
  behind = false;
  readonly ended: Promise<Ending>;
  readonly #start: WatcherStart;
  readonly #end: (ending: Ending) => void;
  #initial: Iterator<WatchItem> | undefined;
  #delivered: number;
  #over = false;
  #wakePending = false;

  constructor(start: WatcherStart) {
    this.#start = start;
    this.#initial = start.initial;
    this.#delivered = start.delivered;
    const { promise, resolve } = Promise.withResolvers<Ending>();
    this.ended = promise;
    this.#end = resolve;
    start.topic.join(this);
    this.wake();
  }

  get scope(): string {
    return this.#start.scope;
  }

  get topic(): Topic {
    return this.#start.topic;
  }

  get revision(): number {
    if (!this.#over && !this.#initial && !this.behind) {
      this.#delivered = Math.max(this.#delivered, this.#start.cacheRevision());
    }
    return this.#delivered;
  }

  take(): readonly WatchItem[] {
    if (this.#over) return [];
    const items: WatchItem[] = [];
    if (this.#initial && !this.#takeInitial(this.#initial, items)) {
      this.wake();
      return items;
    }
    const events = this.#new(this.#start.topic.take(this));
    const newest = events.at(-1)?.event.revision ?? 0;
    this.#delivered = Math.max(this.#delivered, newest);
    return items.length === 0 ? events : [...items, ...events];
  }

  /** `onReady` runs in a turn of its own: a consumer may set it after `watch` resolved, and may not re-enter the cache. */
  wake(): void {
    if (this.#wakePending) return;
    this.#wakePending = true;
    wakeSoon(this);
  }

  wakeNow(): void {
    this.#wakePending = false;
    if (this.#over) return;
    try {
      this.onReady();
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  close(): void {
    this.#finish({ reason: "closed" });
  }

  cutOff(): void {
    this.#finish({ reason: "slow" });
  }

  fail(error: Error): void {
    this.#finish({ reason: "error", error });
  }

  #takeInitial(initial: Iterator<WatchItem>, items: WatchItem[]): boolean {
    while (items.length < INITIAL_ITEMS_MAX) {
      const next = initial.next();
      if (next.done) {
        this.#initial = undefined;
        // The state or history ended where the topic began.
        this.#delivered = Math.max(this.#delivered, this.#start.after);
        return true;
      }
      const item = next.value;
      if (item.kind === "bookmark") this.#delivered = Math.max(this.#delivered, item.revision);
      items.push(item);
    }
    return false;
  }

  /** Without what came before the watch begins. They are in order. */
  #new(events: readonly EventItem[]): readonly EventItem[] {
    const { after } = this.#start;
    const first = events[0];
    return first && first.event.revision <= after ? events.filter(({ event }) => event.revision > after) : events;
  }

  #finish(ending: Ending): void {
    if (this.#over) return;
    this.#over = true;
    this.#initial = undefined;
    this.#start.topic.leave(this);
    this.#start.onEnd(this);
    this.#end(ending);
  }
}

/** All watchers that one batch woke run in one turn of the event loop, not in a thousand. */
let woken: Watcher[] = [];

function wakeSoon(watcher: Watcher): void {
  if (woken.length === 0) setImmediate(wakeAll);
  woken.push(watcher);
}

function wakeAll(): void {
  const batch = woken;
  woken = [];
  for (const watcher of batch) watcher.wakeNow();
}
