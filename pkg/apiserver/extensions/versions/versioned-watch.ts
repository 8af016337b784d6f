/** A watch whose objects are shown in another version. While a conversion runs, what follows waits below, in order. */
import type { StorageEvent, Watch, WatchItem } from "#pkg/storage/types.ts";
import type { StoredView } from "./stored-view.ts";

export class VersionedWatch implements Watch {
  readonly ended: Watch["ended"];
  readonly #inner: Watch;
  readonly #view: StoredView;
  readonly #failed = Promise.withResolvers<Awaited<Watch["ended"]>>();
  /** Converted, and not taken yet. */
  #waiting: WatchItem[] = [];
  #isConverting = false;
  /** More came while a conversion ran. */
  #hasMore = false;
  #given: number;
  onReady: () => void = () => {};

  constructor(inner: Watch, view: StoredView) {
    this.#inner = inner;
    this.#view = view;
    this.#given = inner.revision;
    this.ended = Promise.race([inner.ended, this.#failed.promise]);
    inner.onReady = () => {
      if (this.#isConverting || this.#waiting.length > 0) this.#hasMore = true;
      else this.onReady();
    };
  }

  /** While something is under way, only what was given counts. */
  get revision(): number {
    return this.#isConverting || this.#waiting.length > 0 ? this.#given : this.#inner.revision;
  }

  take(): readonly WatchItem[] {
    if (this.#waiting.length > 0) return this.#handOver();
    if (this.#isConverting) return [];
    this.#given = this.#inner.revision;
    const items = this.#inner.take();
    if (items.length === 0) return items;
    const events = items.flatMap((item) => (item.kind === "event" ? [item.event] : []));
    const shown = this.#view.events(events);
    if (!(shown instanceof Promise)) return merge(items, shown);
    this.#isConverting = true;
    shown.then(
      (converted) => {
        this.#isConverting = false;
        this.#waiting = merge(items, converted);
        this.onReady();
      },
      (error: Error) => {
        this.#failed.resolve({ reason: "error", error });
        this.close();
      },
    );
    return [];
  }

  #handOver(): WatchItem[] {
    const items = this.#waiting;
    this.#waiting = [];
    if (this.#hasMore) {
      this.#hasMore = false;
      queueMicrotask(() => this.onReady());
    }
    return items;
  }

  close(): void {
    this.#inner.close();
  }
}

function merge(items: readonly WatchItem[], events: readonly StorageEvent[]): WatchItem[] {
  const next = events.values();
  return items.map((item) =>
    item.kind === "event" ? { kind: "event", event: next.next().value as StorageEvent } : item,
  );
}
