/** A request on an HTTP/2 stream, without Node's compatibility layer. */
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { TLSSocket } from "node:tls";
import { readBody } from "./body.ts";
import type { Exchange, Headers, Sink } from "./exchange.ts";

export class H2Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly socket: TLSSocket;
  readonly version = "2";
  readonly upgrade = undefined;
  readonly #stream: ServerHttp2Stream;
  readonly #headers: IncomingHttpHeaders;
  #abort: AbortController | undefined;
  status = 0;
  #closeCallbacks: (() => void)[] | undefined;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, socket: TLSSocket) {
    this.#stream = stream;
    this.#headers = headers;
    this.socket = socket;
    this.method = (headers[":method"] as string | undefined) ?? "GET";
    this.url = (headers[":path"] as string | undefined) ?? "/";
    // A reset by the client is its right, not our error.
    stream.on("error", ignore);
    stream.once("close", () => this.#closed());
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#stream.closed || this.#stream.destroyed) this.#abort.abort();
    return this.#abort.signal;
  }

  get responded(): boolean {
    return this.#stream.headersSent;
  }

  header(name: string): string | undefined {
    const value = this.#headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }

  *headers(): Iterable<readonly [string, string]> {
    for (const [name, value] of Object.entries(this.#headers)) {
      if (name.startsWith(":") || value === undefined) continue;
      for (const one of Array.isArray(value) ? value : [value]) yield [name, one];
    }
  }

  readBody(limit: number): Promise<Buffer> {
    return readBody(this.#stream, limit);
  }

  bodyStream(): NodeJS.ReadableStream {
    return this.#stream;
  }

  send(status: number, headers: Headers, body: Buffer): void {
    const stream = this.#stream;
    if (!this.#begin(status, headers, body.length === 0)) return;
    if (body.length > 0) stream.end(body);
    // An unread request body would hold the stream open.
    stream.resume();
  }

  stream(status: number, headers: Headers): Sink {
    const stream = this.#stream;
    this.#begin(status, headers, false);
    return {
      write: (chunk) => stream.writable && stream.write(chunk),
      onDrain: (callback) => onceDrained(stream, callback),
      end: () => {
        if (stream.writable) stream.end();
        stream.resume();
      },
      get closed() {
        return !stream.writable;
      },
    };
  }

  destroy(): void {
    if (!this.#stream.destroyed) this.#stream.close(constants.NGHTTP2_INTERNAL_ERROR);
  }

  onClose(callback: () => void): void {
    if (this.#stream.destroyed) callback();
    else if (this.#closeCallbacks) this.#closeCallbacks.push(callback);
    else this.#closeCallbacks = [callback];
  }

  #begin(status: number, headers: Headers, endStream: boolean): boolean {
    const stream = this.#stream;
    if (stream.destroyed || stream.closed || stream.headersSent) return false;
    this.status = status;
    headers[":status"] = status;
    stream.respond(headers as Record<string, string>, { endStream });
    return true;
  }

  #closed(): void {
    this.#abort?.abort();
    const callbacks = this.#closeCallbacks;
    this.#closeCallbacks = undefined;
    if (callbacks) for (const callback of callbacks) callback();
  }
}

function ignore(): void {}

function onceDrained(stream: ServerHttp2Stream, callback: () => void): void {
  const done = () => {
    stream.off("drain", done);
    stream.off("close", done);
    callback();
  };
  stream.on("drain", done);
  stream.on("close", done);
}
