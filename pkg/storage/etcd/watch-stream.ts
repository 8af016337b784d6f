/** One life of the watch of a prefix: from a revision on until it is cut. */
import type { ClientDuplexStream, ServiceError } from "@grpc/grpc-js";
import type { EtcdClient } from "./client.ts";
import { EtcdError, fromGrpc } from "./errors.ts";
import { encodeWatchCreate, encodeWatchProgress, prefixEnd, type WatchEvent, type WatchResponse } from "./messages.ts";

export interface WatchStreamOptions {
  readonly prefix: string;
  readonly startRevision: number;
  readonly signal: AbortSignal;
  readonly onCreated: () => void;
  /** Whole revisions, in order. */
  readonly onEvents: (events: readonly WatchEvent[]) => void;
  /** etcd says that all events up to here were sent. `asked`: in answer to `requestProgress`. */
  readonly onProgress: (revision: number, asked: boolean) => void;
}

/** The start revision is compacted. */
export class HistoryLostError extends Error {
  override readonly name = "HistoryLostError";
}

export class WatchStream {
  /** Rejects when the stream is over: HistoryLostError, EtcdError, or the signal's reason. */
  readonly over: Promise<never>;
  readonly #options: WatchStreamOptions;
  readonly #stream: ClientDuplexStream<Buffer, WatchResponse>;
  readonly #fail: (error: unknown) => void;
  /** Events of a response whose last fragment has not come yet. */
  #fragments: WatchEvent[] = [];

  constructor(client: EtcdClient, options: WatchStreamOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    this.over = promise;
    promise.catch(() => {});
    this.#stream = client.watchStream();
    const abort = (): void => this.#fail(options.signal.reason);
    this.#fail = (error) => {
      options.signal.removeEventListener("abort", abort);
      reject(error);
      this.#stream.cancel();
    };
    options.signal.addEventListener("abort", abort, { once: true });
    this.#stream.on("data", (response: WatchResponse) => this.#guard(response));
    this.#stream.on("error", (error: ServiceError) => this.#fail(fromGrpc(error)));
    this.#stream.on("end", () => this.#fail(cut("etcd ended the watch")));
    const { prefix, startRevision } = options;
    this.#stream.write(encodeWatchCreate({ key: prefix, rangeEnd: prefixEnd(prefix), startRevision }));
  }

  requestProgress(): void {
    this.#stream.write(encodeWatchProgress());
  }

  #guard(response: WatchResponse): void {
    try {
      this.#receive(response);
    } catch (error) {
      this.#fail(error);
    }
  }

  #receive(response: WatchResponse): void {
    if (response.canceled) {
      if (response.compactRevision > 0) this.#fail(new HistoryLostError(`compacted to ${response.compactRevision}`));
      else this.#fail(cut(response.cancelReason || "etcd canceled the watch"));
      return;
    }
    if (response.created) {
      this.#options.onCreated();
      return;
    }
    if (response.fragment) {
      this.#fragments.push(...response.events);
      return;
    }
    const events = this.#fragments.length > 0 ? [...this.#fragments, ...response.events] : response.events;
    this.#fragments = [];
    if (events.length > 0) this.#options.onEvents(events);
    else this.#options.onProgress(response.revision, response.watchId < 0);
  }
}

const cut = (message: string): EtcdError => new EtcdError("unavailable", message, { maybeApplied: false });
