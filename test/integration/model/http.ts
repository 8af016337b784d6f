/** Bare HTTP/2 to an API server, its connection cut when the test wants. Nothing of our own client is in between. */
import { type ClientHttp2Session, connect } from "node:http2";
import type { Connection } from "#pkg/client/index.ts";

const answerMsMax = 20_000;

export interface Answer {
  readonly status: number;
  readonly body: unknown;
}

export class Http implements Disposable {
  readonly #connection: Connection;
  #session: ClientHttp2Session | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** Rejects when the connection breaks, or no answer comes in time. */
  async ask(method: string, path: string, body?: unknown, contentType = "application/json"): Promise<Answer> {
    const headers = { ":method": method, ":path": path, "content-type": contentType, "user-agent": "model" };
    const stream = this.#open().request(headers);
    stream.setTimeout(answerMsMax, () => stream.close());
    let status = 0;
    stream.on("response", (received) => {
      status = Number(received[":status"]);
    });
    stream.end(body === undefined ? undefined : JSON.stringify(body));
    const parts: Buffer[] = [];
    for await (const part of stream) parts.push(part as Buffer);
    if (status === 0 || parts.length === 0) throw new Error("no answer");
    return { status, body: JSON.parse(Buffer.concat(parts).toString()) };
  }

  /** Lines of a watch until it ends, breaks or `signal`. Rejects when it breaks. */
  async *lines(path: string, signal: AbortSignal): AsyncGenerator<unknown, void, void> {
    const stream = this.#open().request({ ":method": "GET", ":path": path }, { signal });
    stream.setEncoding("utf8");
    let rest = "";
    for await (const chunk of stream) {
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line);
    }
  }

  /** Breaks the connection under everything that uses it. */
  cut(): void {
    this.#session?.destroy();
    this.#session = undefined;
  }

  [Symbol.dispose](): void {
    this.cut();
  }

  #open(): ClientHttp2Session {
    if (this.#session && !this.#session.closed && !this.#session.destroyed) return this.#session;
    const { server, ca, cert, key } = this.#connection;
    const session = connect(server, { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) });
    // Each stream hears of it by itself.
    session.on("error", () => {});
    this.#session = session;
    return session;
  }
}
