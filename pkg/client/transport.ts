/**
 * Requests over HTTP/2 to one server. Sessions are opened as streams need them and closed when idle; a broken one is replaced
 * with bounded backoff. A request that the server surely did not process is sent again; one that it may have processed only
 * when it is a GET. What cannot be sent again rejects with ServiceUnavailable.
 */
import { type ClientHttp2Stream, constants, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { type Clock, systemClock } from "#pkg/apimachinery/clock.ts";
import { Limiter } from "#pkg/apimachinery/limiter.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Backoff } from "./backoff.ts";
import { type Cancel, linkCancel, orAborted } from "./cancel.ts";
import { errorOfReply, retryAfterSeconds, timedOut, unavailable } from "./failures.ts";
import { Session } from "./session.ts";
import type { Connection } from "./types.ts";

const sessionsMax = 64;
/**
 * Whole calls under way at once; watches do not count. A server has long all it can work on by then, and refuses what
 * exceeds its own bound (200 writes of all clients by default), which costs the caller a second.
 */
const callsMax = 64;
const attemptsMax = 5;
const connectTimeoutMs = 10_000;
const retryAfterMsMax = 30_000;
/** As upstream's client: a server that asks for a pause is asked again at most this often. */
const pausesMax = 10;
export const defaultTimeoutMs = 30_000;

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | string;
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly stream: ClientHttp2Stream;
}

/** Failed before the server can have acted on it. */
class NotSent extends Error {
  override readonly name = "NotSent";
}

export class Transport {
  readonly #connection: Connection;
  readonly #clock: Clock;
  readonly #sessions = new Set<Session>();
  /** Closed to new streams, some still open. */
  readonly #leaving = new Set<Session>();
  readonly #limiter = new Limiter(callsMax);
  readonly #connectBackoff = new Backoff({ firstMs: 50, maxMs: 5_000 });
  #connectAfter = 0;
  #closed = false;

  constructor(connection: Connection, clock: Clock = systemClock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Sessions open now, for tests and metrics. */
  get sessions(): number {
    return this.#sessions.size + this.#leaving.size;
  }

  /** One whole call. Rejects with StatusError for every code but 2xx, or with the reason of the caller's signal. */
  async call(exchange: Exchange): Promise<Buffer> {
    using cancel = this.#cancelOf(exchange);
    const send = () =>
      this.#send(exchange, cancel, async ({ status, headers, stream }) => {
        const body = await readAll(stream);
        if (status < 200 || status > 299) throw errorOfReply(status, headers, body);
        return body;
      });
    return await this.#limiter.run(send, cancel.signal);
  }

  /**
   * Starts a call whose body is read as it comes. `timeoutMs` bounds the time until the headers. The stream ends with an
   * error when the connection breaks or the caller's signal aborts; whoever stops reading must destroy it.
   */
  async open(exchange: Exchange): Promise<Reply> {
    const cancel = this.#cancelOf(exchange);
    try {
      return await this.#send(exchange, cancel, async (reply) => {
        if (reply.status < 200 || reply.status > 299) {
          throw errorOfReply(reply.status, reply.headers, await readAll(reply.stream));
        }
        cancel.stopTimer();
        reply.stream.once("close", () => cancel[Symbol.dispose]());
        return reply;
      });
    } catch (error) {
      cancel[Symbol.dispose]();
      throw error;
    }
  }

  close(): void {
    this.#closed = true;
    for (const session of [...this.#sessions, ...this.#leaving]) session.destroy();
    this.#sessions.clear();
    this.#leaving.clear();
  }

  #cancelOf({ method, path, signal, timeoutMs = defaultTimeoutMs }: Exchange): Cancel {
    return linkCancel({ signal, timeoutMs, clock: this.#clock, reason: () => timedOut(method, path, timeoutMs) });
  }

  /** Runs `read` on the answer; tries again where that is safe. `read` throws for answers that are errors. */
  async #send<T>(exchange: Exchange, { signal }: Cancel, read: (reply: Reply) => Promise<T>): Promise<T> {
    const backoff = new Backoff({ firstMs: 20, maxMs: 1_000 });
    let pauses = 0;
    for (let attempt = 1; ; attempt++) {
      let reply: Reply | undefined;
      try {
        reply = await this.#exchange(exchange, signal);
        return await read(reply);
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        if (this.#closed) throw unavailable(this.#connection.server, "the client was closed");
        const pauseMs = reply && error instanceof StatusError ? pauseAsked(reply) : undefined;
        if (pauseMs !== undefined && pauses < pausesMax) {
          pauses++;
          await this.#clock.sleep(pauseMs, signal).catch(() => Promise.reject(signal.reason));
          continue;
        }
        if (error instanceof StatusError) throw error;
        const safe = error instanceof NotSent || exchange.method === "GET";
        if (!safe || attempt >= attemptsMax) throw unavailable(this.#connection.server, error);
        await this.#clock.sleep(backoff.nextMs(), signal).catch(() => Promise.reject(signal.reason));
      }
    }
  }

  async #exchange(exchange: Exchange, signal: AbortSignal): Promise<Reply> {
    const headers = await this.#headersOf(exchange);
    const session = await this.#enter(signal);
    let stream: ClientHttp2Stream;
    try {
      signal.throwIfAborted();
      stream = session.h2.request(headers, { endStream: exchange.body === undefined });
    } catch (cause) {
      session.exit();
      throw new NotSent("the session took no stream", { cause });
    }
    return this.#headersReceived(session, stream, exchange, signal);
  }

  #headersReceived(
    session: Session,
    stream: ClientHttp2Stream,
    exchange: Exchange,
    signal: AbortSignal,
  ): Promise<Reply> {
    const { promise, resolve, reject } = Promise.withResolvers<Reply>();
    const cancel = () => {
      stream.close(constants.NGHTTP2_CANCEL);
      stream.destroy(signal.reason instanceof Error ? signal.reason : undefined);
    };
    signal.addEventListener("abort", cancel, { once: true });
    let failure: unknown;
    stream.on("error", (error) => {
      failure = error;
    });
    stream.once("close", () => {
      session.exit();
      signal.removeEventListener("abort", cancel);
      const refused = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM || stream.id === undefined;
      const cause = failure ?? new Error("the server closed the stream");
      reject(refused ? new NotSent("the server refused the stream", { cause }) : cause);
    });
    stream.once("response", (headers) => resolve({ status: headers[":status"] ?? 0, headers, stream }));
    if (exchange.body !== undefined) stream.end(exchange.body);
    return promise;
  }

  async #headersOf({ method, path, headers, body }: Exchange): Promise<OutgoingHttpHeaders> {
    const { token, userAgent = "kubets" } = this.#connection;
    const bearer = typeof token === "function" ? await token() : token;
    return {
      ":method": method,
      ":path": path,
      "user-agent": userAgent,
      accept: "application/json",
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
      ...headers,
    };
  }

  /** A connected session with one stream counted in. */
  async #enter(signal: AbortSignal): Promise<Session> {
    const session = this.#pick() ?? (await this.#openSession(signal));
    session.enter();
    try {
      await orAborted(session.ready, signal);
      this.#connectBackoff.reset();
      this.#connectAfter = 0;
      return session;
    } catch (cause) {
      session.exit();
      if (!signal.aborted) this.#delayNext();
      throw new NotSent(cause instanceof Error ? cause.message || String(cause) : String(cause), { cause });
    }
  }

  /** Fills one session before the next; above the bound, the one with the fewest streams queues them. */
  #pick(): Session | undefined {
    let least: Session | undefined;
    for (const session of this.#sessions) {
      if (!session.usable) continue;
      if (session.spare > 0) return session;
      if (!least || session.streams < least.streams) least = session;
    }
    return this.#sessions.size < sessionsMax ? undefined : least;
  }

  async #openSession(signal: AbortSignal): Promise<Session> {
    const waitMs = this.#connectAfter - this.#clock.now();
    if (waitMs > 0) {
      await this.#clock.sleep(waitMs, signal).catch(() => Promise.reject(signal.reason));
      const session = this.#pick();
      if (session) return session;
    }
    if (this.#closed) throw new Error("the client was closed");
    const { server, ca, cert, key, insecure } = this.#connection;
    const session = new Session({
      server,
      tls: {
        ...(ca === undefined ? {} : { ca }),
        ...(cert === undefined ? {} : { cert }),
        ...(key === undefined ? {} : { key }),
        rejectUnauthorized: !insecure,
      },
      clock: this.#clock,
      connectTimeoutMs,
      onGone: (gone) => this.#gone(gone),
    });
    this.#sessions.add(session);
    return session;
  }

  #gone(session: Session): void {
    this.#sessions.delete(session);
    if (session.h2.destroyed || this.#closed) return;
    this.#leaving.add(session);
    session.h2.once("close", () => this.#leaving.delete(session));
  }

  #delayNext(): void {
    const now = this.#clock.now();
    if (this.#connectAfter <= now) this.#connectAfter = now + this.#connectBackoff.nextMs();
  }
}

/** How long the answer asks to wait before the same request may come again: 429, or a 5xx that names a time. */
function pauseAsked({ status, headers }: Reply): number | undefined {
  const seconds = retryAfterSeconds(headers);
  if (seconds === undefined || (status !== 429 && status < 500)) return undefined;
  return Math.min(retryAfterMsMax, seconds * 1000);
}

/** Rejects when the stream ends before the body does. Events instead of an iterator, which costs more than most bodies. */
function readAll(stream: ClientHttp2Stream): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let failure: unknown;
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  stream.once("end", () => {
    // A stream that was reset ends too; `close` comes next.
    if (stream.rstCode === constants.NGHTTP2_NO_ERROR)
      resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
  });
  stream.once("error", (error) => {
    failure = error;
  });
  stream.once("close", () => reject(failure ?? new Error("the server closed the stream within its answer")));
  return promise;
}
