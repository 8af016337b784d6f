/** Upgrades a connection to a kubelet or a container runtime. */
import http, { type IncomingHttpHeaders, type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import type { Duplex } from "node:stream";

export interface TlsIdentity {
  readonly cert?: string;
  readonly key?: string;
  readonly ca?: string;
  readonly rejectUnauthorized?: boolean;
  /** OpenSSL's list; what serves in a cluster may have keys that are short by today's measure. */
  readonly ciphers?: string;
}

export interface DialTarget {
  readonly url: URL;
  /** For https. */
  readonly tls?: TlsIdentity;
}

export interface DialOptions extends DialTarget {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[]>>;
  readonly signal?: AbortSignal;
}

export interface Upgraded {
  readonly response: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** The peer answered, but did not switch protocols. */
export class UpgradeRefused extends Error {
  override readonly name = "UpgradeRefused";
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;

  constructor(status: number, headers: IncomingHttpHeaders, body: Buffer) {
    super(`unable to upgrade connection: ${body.toString().trim() || http.STATUS_CODES[status] || status}`);
    this.status = status;
    this.headers = headers;
    this.body = body;
  }
}

/** Until the peer answers: connecting, its TLS, and what it does before it upgrades. */
const answerTimeoutMs = 30_000;
const refusalBytesMax = 64 * 1024;

/** Rejects with UpgradeRefused for an ordinary answer, and with the socket's error when there is none. */
export function dial(options: DialOptions): Promise<Upgraded> {
  const { url, tls, method, headers, signal } = options;
  const { promise, resolve, reject } = Promise.withResolvers<Upgraded>();
  const common = {
    method,
    headers: headers as OutgoingHttpHeaders,
    agent: false as const,
    ...(signal ? { signal } : {}),
  };
  const request = url.protocol === "https:" ? https.request(url, { ...common, ...tls }) : http.request(url, common);
  const timer = setTimeout(() => request.destroy(new Error("the peer did not answer in time")), answerTimeoutMs);
  request.on("upgrade", (response, socket, head) => {
    clearTimeout(timer);
    socket.on("error", () => undefined);
    resolve({ response, socket, head });
  });
  request.on("response", (response) => {
    clearTimeout(timer);
    readSome(response).then(
      (body) => reject(new UpgradeRefused(response.statusCode ?? 500, response.headers, body)),
      reject,
    );
  });
  request.on("error", (error) => {
    clearTimeout(timer);
    reject(error);
  });
  request.end();
  return promise;
}

async function readSome(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    parts.push(part as Buffer);
    size += (part as Buffer).length;
    if (size >= refusalBytesMax) break;
  }
  return Buffer.concat(parts).subarray(0, refusalBytesMax);
}

/** What a client that wants SPDY sends. `protocols`: best first. */
export const spdyHeaders = (protocols: readonly string[]): Record<string, string | readonly string[]> => ({
  connection: "Upgrade",
  upgrade: "SPDY/3.1",
  "x-stream-protocol-version": protocols,
  "content-length": "0",
});
