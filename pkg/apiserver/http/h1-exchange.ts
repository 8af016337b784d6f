/** A request over HTTP/1.1: clients without HTTP/2, and those that upgrade the connection. */
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { readBody } from "./body.ts";
import { addCarried, type Exchange, type Headers, type Sink } from "./exchange.ts";

export class H1Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly socket: TLSSocket;
  readonly version = "1.1";
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  #abort: AbortController | undefined;
  status = 0;
  carried: Readonly<Headers> | undefined;

  constructor(request: IncomingMessage, response: ServerResponse, upgradeHead?: Buffer) {
    this.#request = request;
    this.#response = response;
    this.method = request.method ?? "GET";
    this.url = request.url ?? "/";
    this.socket = request.socket as TLSSocket;
    this.upgrade = upgradeHead === undefined ? undefined : { socket: request.socket, head: upgradeHead };
    request.on("error", ignore);
    response.on("error", ignore);
    response.once("close", () => this.#abort?.abort());
  }

  get signal(): AbortSignal {
    this.#abort ??= new AbortController();
    if (this.#response.destroyed) this.#abort.abort();
    return this.#abort.signal;
  }

  get responded(): boolean {
    return this.#response.headersSent;
  }

  /** The message itself, for the upgrade code that needs it whole. */
  get incoming(): IncomingMessage {
    return this.#request;
  }

  header(name: string): string | undefined {
    const value = this.#request.headers[name];
    return typeof value === "string" ? value : value?.join(", ");
  }

  hasHeaders(prefix: string): boolean {
    for (const name in this.#request.headers) if (name.startsWith(prefix)) return true;
    return false;
  }

  *headers(): Iterable<readonly [string, string]> {
    for (const [name, values] of Object.entries(this.#request.headersDistinct)) {
      for (const one of values ?? []) yield [name, one];
    }
  }

  readBody(limit: number): Promise<Buffer> {
    return readBody(this.#request, limit);
  }

  bodyStream(): NodeJS.ReadableStream {
    return this.#request;
  }

  discardBody(): void {
    this.#request.resume();
  }

  send(status: number, headers: Headers, body: Buffer): void {
    const response = this.#response;
    if (response.headersSent || response.destroyed) return;
    this.status = status;
    headers["content-length"] = body.length;
    addCarried(headers, this.carried);
    // What is left of a body that nobody read cannot be told from the next request.
    if (!this.#request.complete && this.method !== "GET") headers["connection"] = "close";
    response.writeHead(status, headers as OutgoingHttpHeaders);
    response.end(this.method === "HEAD" ? undefined : body);
    this.#request.resume();
  }

  stream(status: number, headers: Headers): Sink {
    const response = this.#response;
    if (!response.headersSent && !response.destroyed) {
      this.status = status;
      addCarried(headers, this.carried);
      response.writeHead(status, headers as OutgoingHttpHeaders);
      response.flushHeaders();
    }
    const write = (chunk: Buffer | string) => !response.destroyed && !response.writableEnded && response.write(chunk);
    return {
      write,
      writeAll: (pieces) => write(Buffer.concat(pieces)),
      onDrain: (callback) => onceDrained(response, callback),
      end: () => {
        if (!response.writableEnded) response.end();
      },
      get closed() {
        return response.destroyed || response.writableEnded;
      },
    };
  }

  destroy(): void {
    this.#response.destroy();
  }

  onClose(callback: () => void): void {
    if (this.#response.destroyed) callback();
    else this.#response.once("close", callback);
  }
}

function ignore(): void {}

function onceDrained(response: ServerResponse, callback: () => void): void {
  const done = () => {
    response.off("drain", done);
    response.off("close", done);
    callback();
  };
  response.on("drain", done);
  response.on("close", done);
}
