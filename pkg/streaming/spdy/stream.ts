/** One stream of a SPDY connection, as a Duplex: writing waits for windows and the socket; what is not read holds the peer back. */
import { Duplex } from "node:stream";
import type { StreamHeaders } from "./headers.ts";

/** What a stream needs of its connection. */
export interface StreamCarrier {
  /** Writes data, cut into frames; calls back when more may be sent. */
  send(stream: SpdyStream, data: Buffer, done: (error?: Error) => void): void;
  /** Tells the peer that no more data comes on this stream. */
  finish(stream: SpdyStream): void;
  /** Our reader took this many bytes. */
  consumed(stream: SpdyStream, bytes: number): void;
  /** The stream is over on our side; `error`: tell the peer. */
  forget(stream: SpdyStream, error: Error | null): void;
}

/** Above the protocol's initial window, so that a peer that minds windows never has to wait for the whole connection. */
const bufferBytes = 128 * 1024;
/** RST_STREAM's CANCEL. */
export const cancelled = 5;

export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: StreamHeaders;
  /** Resolves when the peer accepted the stream; rejects when it is refused or lost. */
  readonly accepted: Promise<void>;
  /** Bytes that the peer lets us send; may be negative after SETTINGS. */
  window: number;
  /** Bytes that the reader took since the last grant. */
  consumed = 0;
  readonly #carrier: StreamCarrier;
  readonly #accept: PromiseWithResolvers<void>;
  #unread = 0;
  #wake: (() => void) | undefined;
  #ended = false;
  /** The peer wants no more data, and knows that the stream is over. */
  isReset = false;

  constructor(options: { id: number; headers: StreamHeaders; carrier: StreamCarrier; window: number }) {
    super({ allowHalfOpen: true, highWaterMark: bufferBytes });
    this.id = options.id;
    this.headers = options.headers;
    this.window = options.window;
    this.#carrier = options.carrier;
    this.#accept = Promise.withResolvers<void>();
    this.accepted = this.#accept.promise;
    // Nobody has to ask.
    this.accepted.catch(() => undefined);
    this.on("error", () => undefined);
  }

  /** Called by the connection. */
  acknowledge(): void {
    this.#accept.resolve();
  }

  /** Data from the peer. A promise: the reader is slow, wait with the whole connection. */
  receive(data: Buffer): Promise<void> | undefined {
    if (this.destroyed || this.#ended) return undefined;
    this.#unread += data.length;
    if (this.push(data)) return undefined;
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  receiveEnd(): void {
    if (this.#ended || this.destroyed) return;
    this.#ended = true;
    this.push(null);
  }

  /**
   * Go's peers end sessions by cancelling their streams, after everything that they had to say: the reader sees an end,
   * and what is written from now on goes nowhere. Any other status is a failure.
   */
  receiveReset(status: number): void {
    this.isReset = true;
    if (status === cancelled) {
      this.#accept.reject(new Error("the peer cancelled the stream"));
      this.receiveEnd();
      if (!this.writableEnded) this.end();
    } else this.destroy(new Error(`the peer reset the stream (status ${status})`));
  }

  /** The connection is gone. What came whole can still be read to its end. */
  receiveLoss(failure: Error): void {
    if (!this.#ended) {
      this.destroy(failure);
      return;
    }
    this.isReset = true;
    if (!this.writableEnded) this.end();
  }

  override _read(): void {
    const bytes = this.#unread;
    this.#unread = 0;
    if (bytes > 0) this.#carrier.consumed(this, bytes);
    this.#release();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#carrier.send(this, chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#carrier.finish(this);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#accept.reject(error ?? new Error("the stream was closed"));
    this.#release();
    this.#carrier.forget(this, error);
    done(error);
  }

  #release(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
