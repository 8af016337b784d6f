/**
 * One HTTP/2 connection to a server: counts its streams, pings its peer while it is in use, and knows when it takes no more.
 * It is referenced (keeps the process alive) only while streams are open.
 */
import { type ClientHttp2Session, connect, constants, type SecureClientSessionOptions } from "node:http2";
import type { Clock } from "#pkg/apimachinery/clock.ts";

/** What upstream's client assumes until the server has said its own limit. */
const streamsBeforeSettings = 100;
const pingEveryMs = 30_000;
const pingTimeoutMs = 15_000;
const idleCloseMs = 90_000;
const windowBytes = 1 << 20;

export interface SessionOptions {
  readonly server: string;
  readonly tls: SecureClientSessionOptions;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  /** Called once when the session will take no further stream. */
  readonly onGone: (session: Session) => void;
}

export class Session {
  readonly h2: ClientHttp2Session;
  /** Settles when the connection is up, or has failed with the reason. */
  readonly ready: Promise<void>;
  streams = 0;
  /** Reserved by callers that wait for `ready`. */
  #gone = false;
  #ping: Disposable | undefined;
  #idle: Disposable | undefined;
  readonly #options: SessionOptions;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.h2 = connect(options.server, {
      ...options.tls,
      settings: { initialWindowSize: windowBytes, enablePush: false },
    });
    this.ready = this.#connected();
    this.ready.catch(() => {});
    this.h2.on("goaway", () => this.#leave());
    this.h2.on("close", () => this.#leave());
    // An error always ends in `close`; its streams tell their callers.
    this.h2.on("error", () => this.#leave());
  }

  get usable(): boolean {
    return !this.#gone && !this.h2.closed && !this.h2.destroyed;
  }

  get spare(): number {
    const limit = this.h2.connecting ? streamsBeforeSettings : this.h2.remoteSettings.maxConcurrentStreams;
    return (limit ?? streamsBeforeSettings) - this.streams;
  }

  /** Counts one stream in; the session stays referenced and pinged until every stream is counted out. */
  enter(): void {
    this.streams++;
    if (this.streams > 1) return;
    this.#idle?.[Symbol.dispose]();
    this.#idle = undefined;
    this.h2.ref();
    this.#ping ??= this.#schedulePing();
  }

  exit(): void {
    this.streams--;
    if (this.streams > 0) return;
    this.#ping?.[Symbol.dispose]();
    this.#ping = undefined;
    if (this.h2.destroyed) return;
    this.h2.unref();
    this.#idle = this.#options.clock.after(idleCloseMs, () => this.close());
  }

  close(): void {
    this.#leave();
    if (this.streams === 0) this.h2.close();
  }

  destroy(): void {
    this.#leave();
    this.h2.destroy(undefined, constants.NGHTTP2_CANCEL);
  }

  #leave(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#idle?.[Symbol.dispose]();
    this.#options.onGone(this);
  }

  async #connected(): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const late = this.#options.clock.after(this.#options.connectTimeoutMs, () => {
      this.h2.destroy(new Error(`connecting to ${this.#options.server} timed out`));
    });
    this.h2.once("connect", () => {
      this.h2.setLocalWindowSize(4 * windowBytes);
      resolve();
    });
    this.h2.once("error", reject);
    this.h2.once("close", () => reject(new Error(`connection to ${this.#options.server} closed`)));
    try {
      await promise;
    } finally {
      late[Symbol.dispose]();
    }
  }

  /** A peer that vanished without closing answers no ping: the session is destroyed and its streams fail. */
  #schedulePing(): Disposable {
    const { clock } = this.#options;
    return clock.after(pingEveryMs, () => {
      if (this.h2.destroyed) return;
      const dead = clock.after(pingTimeoutMs, () =>
        this.h2.destroy(new Error("no answer to a ping"), constants.NGHTTP2_CANCEL),
      );
      const sent = this.h2.ping(() => dead[Symbol.dispose]());
      if (!sent) dead[Symbol.dispose]();
      this.#ping = this.streams > 0 ? this.#schedulePing() : undefined;
    });
  }
}
