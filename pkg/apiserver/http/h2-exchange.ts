/** A request on an HTTP/2 stream. */
import type { TLSSocket } from "node:tls";
import { bodyStream, type ServerStream } from "#pkg/http2/server/index.ts";
import { cutBody, entityTooLarge } from "./body.ts";
import { httpDate } from "./date.ts";
import { addCarried, type Exchange, type Headers, type Sink } from "./exchange.ts";

/** Of these the first counts, as for upstream; of others all do. */
const singleValued: ReadonlySet<string> = new Set([
  "authorization",
  "content-encoding",
  "content-length",
  "content-type",
  "host",
  "user-agent",
]);

export class H2Exchange implements Exchange {
  readonly method: string;
  readonly url: string;
  readonly socket: TLSSocket;
  readonly version = "2";
  readonly upgrade = undefined;
  carried: Readonly<Headers> | undefined;
  readonly #stream: ServerStream;
  #abort: AbortController | undefined;

  constructor(stream: ServerStream) {
    this.#stream = stream;
    this.method = stream.head.method;
    this.url = stream.head.path;
    this.socket = stream.socket;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      const abort = new AbortController();
      this.#abort = abort;
      this.#stream.onClose(() => abort.abort());
    }
    return this.#abort.signal;
  }

  get responded(): boolean {
    return this.#stream.status !== 0;
  }

  get status(): number {
    return this.#stream.status;
  }

  header(name: string): string | undefined {
    const { fields, authority } = this.#stream.head;
    let joined: string | undefined;
    for (let i = 0; i < fields.length; i += 2) {
      if (fields[i] !== name) continue;
      const value = fields[i + 1] as string;
      if (singleValued.has(name)) return value;
      joined = joined === undefined ? value : `${joined}, ${value}`;
    }
    return joined === undefined && name === "host" ? authority : joined;
  }

  hasHeaders(prefix: string): boolean {
    const { fields } = this.#stream.head;
    for (let i = 0; i < fields.length; i += 2) if (fields[i]?.startsWith(prefix)) return true;
    return false;
  }

  *headers(): Iterable<readonly [string, string]> {
    const { fields } = this.#stream.head;
    for (let i = 0; i < fields.length; i += 2) yield [fields[i] as string, fields[i + 1] as string];
  }

  readBody(limit: number): Promise<Buffer> {
    const stream = this.#stream;
    return new Promise((resolve, reject) => {
      let chunks: Buffer[] = [];
      let size = 0;
      stream.readBody({
        data(bytes) {
          stream.consumed(bytes.length);
          size += bytes.length;
          if (size <= limit) chunks.push(bytes);
          else {
            chunks = [];
            reject(entityTooLarge(limit));
          }
        },
        end: () => resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)),
        cut: () => reject(cutBody()),
      });
    });
  }

  bodyStream(): NodeJS.ReadableStream {
    return bodyStream(this.#stream);
  }

  discardBody(): void {
    const stream = this.#stream;
    stream.readBody({ data: (bytes) => stream.consumed(bytes.length), end: ignore, cut: ignore });
  }

  send(status: number, headers: Headers, body: Buffer): void {
    if (status !== 204 && status !== 304) headers["content-length"] = body.length;
    headers["date"] = httpDate();
    addCarried(headers, this.carried);
    this.#stream.respond(status, headers, body);
  }

  stream(status: number, headers: Headers): Sink {
    headers["date"] = httpDate();
    addCarried(headers, this.carried);
    this.#stream.respond(status, headers);
    return new StreamSink(this.#stream);
  }

  destroy(): void {
    this.#stream.reset();
  }

  onClose(callback: () => void): void {
    this.#stream.onClose(callback);
  }
}

class StreamSink implements Sink {
  readonly #stream: ServerStream;

  constructor(stream: ServerStream) {
    this.#stream = stream;
  }

  write(chunk: Buffer | string): boolean {
    return this.#stream.write(typeof chunk === "string" ? Buffer.from(chunk) : chunk);
  }

  writeAll(pieces: readonly Buffer[]): boolean {
    let takesMore = true;
    for (const piece of pieces) takesMore = this.#stream.write(piece);
    return takesMore;
  }

  onDrain(callback: () => void): void {
    this.#stream.onDrain(callback);
  }

  end(): void {
    this.#stream.end();
  }

  get closed(): boolean {
    return !this.#stream.isWritable;
  }
}

function ignore(): void {}
