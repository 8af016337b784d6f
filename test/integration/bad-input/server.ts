/** An API server in this process, asked with bytes that no client library would send. */
import { type ClientHttp2Session, type ClientHttp2Stream, connect as connectHttp2 } from "node:http2";
import { connect as connectTls, type TLSSocket } from "node:tls";
import type { Connection } from "#pkg/client/index.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import { createServiceAccount, startTestApiServer, type TestApiServer } from "#test/support/apiserver.ts";

const answerMsMax = 20_000;

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer | string;
  readonly headers?: Readonly<Record<string, string>>;
}

export class BadClient implements AsyncDisposable {
  readonly server: TestApiServer;
  readonly #connection: Connection;
  #session: ClientHttp2Session | undefined;

  private constructor(server: TestApiServer) {
    this.server = server;
    this.#connection = server.connection(pkiPaths.admin);
  }

  static async start(): Promise<BadClient> {
    const server = await startTestApiServer();
    await createServiceAccount(server.client);
    return new BadClient(server);
  }

  /** Ends the connection; the next request makes another. */
  hangUp(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.hangUp();
    await this.server[Symbol.asyncDispose]();
  }

  /** A stream whose body the caller sends, or does not. */
  open({ method, path, headers }: RawRequest): ClientHttp2Stream {
    return this.#open().request({ ":method": method, ":path": path, ...headers });
  }

  /** Over HTTP/2. Rejects when the server ends the stream without an answer. */
  async ask(request: RawRequest): Promise<RawAnswer> {
    const stream = this.open(request);
    // A server may refuse before it has read everything.
    stream.on("error", () => {});
    const timer = setTimeout(() => stream.close(), answerMsMax);
    const answer = answerOf(stream);
    stream.end(request.body);
    return answer.finally(() => clearTimeout(timer));
  }

  json(method: string, path: string, body: unknown, type = "application/json"): Promise<RawAnswer> {
    const text = typeof body === "string" || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    return this.ask({ method, path, body: text, headers: { "content-type": type } });
  }

  /** What the server writes back on a connection of HTTP/1.1 on which `bytes` are sent as they are. */
  async raw(bytes: Buffer | string, { end = false }: { readonly end?: boolean } = {}): Promise<string> {
    const socket = await this.socket();
    socket.setEncoding("latin1");
    socket.on("error", () => {});
    if (end) socket.end(bytes);
    else socket.write(bytes);
    let text = "";
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, answerMsMax);
    socket.on("data", (chunk: string) => {
      text += chunk;
      if (isWhole(text)) resolve();
    });
    socket.on("close", () => resolve());
    await promise;
    clearTimeout(timer);
    socket.destroy();
    return text;
  }

  async socket(): Promise<TLSSocket> {
    const { hostname, port } = new URL(this.#connection.server);
    const { ca, cert, key } = this.#connection;
    const socket = connectTls({
      host: hostname,
      port: Number(port),
      ALPNProtocols: ["http/1.1"],
      ...given({ ca, cert, key }),
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    socket.once("secureConnect", resolve);
    socket.once("error", reject);
    await promise;
    return socket;
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { server, ca, cert, key } = this.#connection;
    const session = connectHttp2(server, { ...given({ ca, cert, key }), maxSendHeaderBlockLength: 1 << 20 });
    session.on("error", () => {});
    this.#session = session;
    return session;
  }
}

type Tls = Pick<Connection, "ca" | "cert" | "key">;

function given({ ca, cert, key }: { [K in keyof Tls]: Tls[K] | undefined }): Tls {
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

/** Enough of HTTP/1.1 to see that an answer with a length has come. */
function isWhole(text: string): boolean {
  const head = text.indexOf("\r\n\r\n");
  const length = /content-length: (\d+)/i.exec(text.slice(0, head))?.[1];
  return head > 0 && length !== undefined && text.length >= head + 4 + Number(length);
}

async function answerOf(stream: ClientHttp2Stream): Promise<RawAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  let head: Record<string, string | string[] | undefined> | undefined;
  const parts: Buffer[] = [];
  stream.on("response", (headers) => {
    head = headers as Record<string, string | string[] | undefined>;
  });
  stream.on("data", (part: Buffer) => parts.push(part));
  stream.on("close", () => {
    if (!head) reject(new Error(`the stream ended without an answer, code ${stream.rstCode}`));
    else resolve({ status: Number(head[":status"]), headers: head, text: Buffer.concat(parts).toString() });
  });
  return promise;
}
