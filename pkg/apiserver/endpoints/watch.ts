/** WATCH: frames of committed changes until the client leaves, the time is over or the client is too slow. */
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { StorageEvent, StoredObject, Watch, WatchEventType, WatchItem, WatchOptions } from "#pkg/storage/types.ts";
import { type ResourceContext, responseHeaders } from "../context.ts";
import type { Sink } from "../http/exchange.ts";
import { negotiate } from "../negotiation/negotiate.ts";
import type { Representation } from "../negotiation/representation.ts";
import { tableObjectsOf } from "../negotiation/tables.ts";
import { Batches } from "./batches.ts";
import { parseWatchOptions, type WatchRequest } from "./list-options.ts";
import { offerOfStream } from "./offer.ts";
import { parseSelection, type Selection } from "./selectors.ts";
import { bookmarkFrame, EventFrames, errorFrame, type FrameOptions, joinFrames, stateFrame } from "./watch-frames.ts";

/** Upstream's default length of a watch is 30 to 60 minutes, random, so that clients do not return all at once. */
const watchSecondsMin = 1800;
const bookmarkEveryMs = 60_000;
/** So long before its end a watch tells once more how far it came, for the one that follows it. */
const lastBookmarkMs = 2000;

export async function watch(context: ResourceContext): Promise<void> {
  const { resource, info, exchange, services } = context;
  const form = negotiate(exchange.header("accept"), offerOfStream(resource));
  const options = parseWatchOptions(info.query);
  const selection = parseSelection(info.query, resource);
  const frames: FrameOptions = { resource, form, tableObjects: tableObjectsOf(info.query) };
  const ending = new AbortController();
  const end = () => ending.abort();
  exchange.onClose(end);
  let source: Watch | undefined;
  let failure: StatusError | undefined;
  try {
    source = await resource.store.watch(await storageOptions(context, options, selection, ending.signal));
  } catch (error) {
    failure = StatusError.from(error);
    // What is wrong with the position in history is told inside the stream, as clients expect.
    if (failure.reason !== "Expired") throw failure;
  }
  const sink = exchange.stream(200, responseHeaders(context, watchContentType(form)));
  if (!source) {
    sink.write(errorFrame(failure as StatusError, frames));
    sink.end();
    return;
  }
  services.stopping.addEventListener("abort", end, { once: true });
  exchange.onClose(() => services.stopping.removeEventListener("abort", end));
  new WatchStream(source, sink, { options, selection, frames, end }).start();
}

const watchContentType = ({ format, contentType }: Representation): string =>
  format === "protobuf" ? `${contentType};stream=watch` : contentType;

async function storageOptions(
  { resource, request, services }: ResourceContext,
  options: WatchRequest,
  selection: Selection,
  signal: AbortSignal,
): Promise<WatchOptions> {
  const name = request.name || selection.name;
  const one = name !== undefined && (!resource.def.namespaced || request.namespace !== "");
  const prefix = one ? resource.keyOf(request.namespace, name) : resource.prefixOf(request.namespace);
  const after = options.fromNow ? await services.storage.currentRevision(signal) : options.after;
  return {
    prefix,
    signal,
    ...(one ? { single: true } : {}),
    ...(after === undefined ? {} : { after }),
    ...(options.initialEvents ? { initialEvents: true } : {}),
    ...(after === undefined ? { at: options.at } : {}),
  };
}

interface WatchStreamOptions {
  readonly options: WatchRequest;
  readonly selection: Selection;
  readonly frames: FrameOptions;
  /** Stops the watch in storage. */
  readonly end: () => void;
}

const batches = new Batches();

class WatchStream {
  readonly #watch: Watch;
  readonly #sink: Sink;
  readonly #o: WatchStreamOptions;
  readonly #timers: NodeJS.Timeout[] = [];
  #blocked = false;
  #events: EventFrames;
  #isFirst = true;
  #over = false;

  constructor(watch: Watch, sink: Sink, options: WatchStreamOptions) {
    this.#watch = watch;
    this.#sink = sink;
    this.#o = options;
    this.#events = new EventFrames(options.frames, true);
  }

  start(): void {
    const { bookmarks, timeoutSeconds } = this.#o.options;
    const seconds = timeoutSeconds ?? watchSecondsMin * (1 + Math.random());
    this.#timers.push(setTimeout(() => this.#timeUp(), seconds * 1000));
    if (bookmarks) {
      this.#timers.push(setInterval(() => this.#bookmark(), bookmarkEveryMs));
      const lastAt = seconds * 1000 - lastBookmarkMs;
      if (lastAt > 0) this.#timers.push(setTimeout(() => this.#bookmark(), lastAt));
    }
    this.#watch.onReady = () => this.#pump();
    this.#watch.ended.then(
      ({ error }) => this.#finish(error),
      (error: unknown) => this.#finish(StatusError.from(error)),
    );
    this.#pump();
  }

  /** Writes all that waits in one go; while the client is behind, what waits stays in the bounded queue. */
  #pump(): void {
    if (this.#blocked || this.#over) return;
    const items = this.#watch.take();
    const key = this.#o.selection.match ? undefined : this.#events.key;
    const known = key === undefined ? undefined : batches.find(items, key);
    if (known) {
      this.#began();
      this.#wrote(this.#sink.write(known));
      return;
    }
    const parts: Buffer[] = [];
    let isShared = true;
    for (const item of items) {
      const frame = this.#frameOf(item);
      if (!frame) continue;
      parts.push(...frame);
      if (item.kind === "event" && item.isState) isShared = false;
    }
    if (parts.length === 0) return;
    if (!isShared) {
      this.#wrote(this.#sink.writeAll(parts));
      return;
    }
    const bytes = joinFrames(parts);
    if (key !== undefined) batches.keep(items, key, bytes);
    this.#wrote(this.#sink.write(bytes));
  }

  #wrote(takesMore: boolean): void {
    if (takesMore || this.#sink.closed) return;
    this.#blocked = true;
    this.#sink.onDrain(() => {
      this.#blocked = false;
      this.#pump();
    });
  }

  /** In pieces where nobody else sends the same. */
  #frameOf(item: WatchItem): readonly Buffer[] | undefined {
    const { frames, options, selection } = this.#o;
    if (item.kind === "bookmark") {
      if (!options.bookmarks && !item.initial) return undefined;
      return item.initial && !options.bookmarks ? undefined : [bookmarkFrame(item.revision, item.initial, frames)];
    }
    const type = selection.match ? typeFor(item.event, selection.match) : item.event.type;
    if (!type) return undefined;
    const frame = item.isState ? stateFrame(item.event, frames, this.#isFirst) : [this.#events.of(item.event, type)];
    this.#began();
    return frame;
  }

  #began(): void {
    if (!this.#isFirst) return;
    this.#isFirst = false;
    this.#events = new EventFrames(this.#o.frames, false);
  }

  #bookmark(): void {
    if (this.#blocked || this.#over) return;
    this.#pump();
    if (!this.#blocked) this.#wrote(this.#sink.write(bookmarkFrame(this.#watch.revision, false, this.#o.frames)));
  }

  #timeUp(): void {
    this.#o.end();
    this.#finish();
  }

  #finish(error?: Error): void {
    if (this.#over) return;
    if (error) this.#pump();
    this.#over = true;
    for (const timer of this.#timers) clearTimeout(timer);
    if (error) this.#sink.write(errorFrame(StatusError.from(error), this.#o.frames));
    this.#sink.end();
    this.#watch.close();
  }
}

/** How a change looks through a selector: coming into view is ADDED, going out is DELETED. */
function typeFor(event: StorageEvent, match: (object: StoredObject) => boolean): WatchEventType | undefined {
  const before = event.previous !== undefined && match(event.previous);
  const after = event.type !== "DELETED" && match(event.current);
  if (event.type === "DELETED") return before || match(event.current) ? "DELETED" : undefined;
  if (after) return before ? "MODIFIED" : "ADDED";
  return before ? "DELETED" : undefined;
}
