/** One request and its response, the same for HTTP/2 streams and HTTP/1.1, so that nothing above knows which it is. */
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";

/** Response headers, lower-case names. */
export type Headers = Record<string, string | number | readonly string[]>;

/** The body of a response whose length is not known yet (lists, watches, logs). */
export interface Sink {
  /** False: the peer is slow, wait for `onDrain` before writing more. Writing after the end is harmless. */
  write(chunk: Buffer | string): boolean;
  /** The same with several pieces, one behind the other; nobody changes them any more. */
  writeAll(pieces: readonly Buffer[]): boolean;
  /** Called once, when what was buffered has gone or the response is over. */
  onDrain(callback: () => void): void;
  end(): void;
  readonly closed: boolean;
}

export interface Exchange {
  readonly method: string;
  /** Path and query exactly as sent. */
  readonly url: string;
  readonly socket: TLSSocket;
  readonly version: "1.1" | "2";
  /** Aborted when the client goes away before the response is complete. Made when first asked for. */
  readonly signal: AbortSignal;
  /** A client that asked for a protocol upgrade (HTTP/1.1 only): its raw connection. */
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly responded: boolean;
  /** The code that was sent; 0 before. */
  readonly status: number;
  /** Headers of every answer, whatever it is; set before there is one. */
  carried: Readonly<Headers> | undefined;
  /** Lower-case names; several of one name are joined. `host` is the authority of HTTP/2 as well. */
  header(name: string): string | undefined;
  /** Whether a header's name begins so. */
  hasHeaders(prefix: string): boolean;
  /** All headers, for front-proxy and impersonation prefixes. */
  headers(): Iterable<readonly [string, string]>;
  /** The whole body. Throws StatusError 413 beyond `limit` bytes. */
  readBody(limit: number): Promise<Buffer>;
  /** The body as it arrives, for proxies. */
  bodyStream(): NodeJS.ReadableStream;
  /** Nobody wants the body: it is read and thrown away. */
  discardBody(): void;
  send(status: number, headers: Headers, body: Buffer): void;
  stream(status: number, headers: Headers): Sink;
  /** Ends a response that cannot be completed. */
  destroy(): void;
  /** Called once when the response is over, for whatever reason. */
  onClose(callback: () => void): void;
}

/** Puts them in; where an answer that is passed on has such a header too, both are sent. */
export function addCarried(headers: Headers, carried: Readonly<Headers> | undefined): void {
  for (const name in carried) {
    const [value, other] = [carried[name] as Headers[string], headers[name]];
    headers[name] = other === undefined ? value : [value, other].flat().map(String);
  }
}
