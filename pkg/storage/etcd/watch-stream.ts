/** One life of the watch of a prefix: from a revision on until it is cut. */
import type { EtcdClient } from "./client.ts";
import { EtcdError, fromRpc } from "./errors.ts";
import {
  decodeWatch,
  encodeWatchCreate,
  encodeWatchProgress,
  prefixEnd,
  type WatchEvent,
  type WatchResponse,
} from "./messages.ts";
import { RpcError, rpcCode } from "./rpc/status.ts";
import type { RpcStream } from "./rpc/stream.ts";

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
  #stream: RpcStream | undefined;
  readonly #fail: (error: unknown) => void;
  /** Events of a response whose last fragment has not come yet. */
  #fragments: WatchEvent[] = [];
  #isOver = false;

  constructor(client: EtcdClient, options: WatchStreamOptions) {
    this.#options = options;
    const { promise, reject } = Promise.withResolvers<never>();
    this.over = promise;
    promise.catch(() => {});
    const abort = (): void => this.#fail(options.signal.reason);
    this.#fail = (error) => {
      this.#isOver = true;
      options.signal.removeEventListener("abort", abort);
      reject(error instanceof RpcError ? fromRpc(error) : error);
      this.#stream?.cancel(new RpcError(rpcCode.canceled, "the watch is over"));
    };
    options.signal.addEventListener("abort", abort, { once: true });
    this.#open(client).catch(this.#fail);
  }

  /** What it gave cannot be used: the watch is over. */
  fail(error: unknown): void {
    this.#fail(error);
  }

  requestProgress(): void {
    this.#stream?.send(encodeWatchProgress(), false);
  }

  async #open(client: EtcdClient): Promise<void> {
    const { prefix, startRevision } = this.#options;
    const stream = await client.watchStream({
      onMessage: (message) => this.#guard(message),
      onEnd: (failure) => this.#fail(failure ?? cut("etcd ended the watch")),
    });
    if (this.#isOver) return;
    this.#stream = stream;
    stream.send(encodeWatchCreate({ key: prefix, rangeEnd: prefixEnd(prefix), startRevision }), false);
  }

  #guard(message: Buffer): void {
    try {
      this.#receive(decodeWatch(message));
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
