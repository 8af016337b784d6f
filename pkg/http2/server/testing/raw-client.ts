/** A server of this package on a plain socket, and a client that sends frames as a test wants them. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import { type FrameHead, FrameReader, flag, frameType, preface, settingsFrame } from "../../frames.ts";
import { HeaderDecoder } from "../../header-decoder.ts";
import { encodeHeaders } from "../../header-encoder.ts";
import { ServerConnection, type ServerStream } from "../index.ts";

export interface TestServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: ServerConnection[];
  /** Connections that have ended. */
  closed: number;
  /** What the server says is wrong with itself. */
  readonly faults: unknown[];
}

export async function startServer(onRequest: (stream: ServerStream) => void, streamsMax = 100): Promise<TestServer> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => socket.destroy());
    // Nothing below asks for what TLS adds.
    const connection = new ServerConnection(socket as unknown as TLSSocket, {
      limits: { streamsMax, bytesMax: 64 * 1024, fieldsMax: 200 },
      onRequest,
      onClose: () => {
        test.closed += 1;
      },
      onFault: (error) => test.faults.push(error),
    });
    test.connections.push(connection);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const test: TestServer = {
    port: (server.address() as AddressInfo).port,
    connections: [],
    closed: 0,
    faults: [],
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
  return test;
}

export interface Frame extends FrameHead {
  readonly payload: Buffer;
}

export const requestHeaders = (fields: readonly (readonly [string, string])[] = [], path = "/"): Buffer =>
  encodeHeaders([[":method", "POST"], [":scheme", "https"], [":path", path], [":authority", "here"], ...fields]);

export class RawClient implements Disposable {
  readonly socket: Socket;
  readonly frames: Frame[] = [];
  /** Fields of the responses, by stream. */
  readonly answers = new Map<number, [string, string][]>();
  readonly #decoder = new HeaderDecoder(4096);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    const reader = new FrameReader((head, payload) => this.#onFrame(head, payload));
    socket.on("data", (chunk: Buffer) => reader.push(chunk));
    socket.on("error", () => {});
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** `greets`: with the preface and empty settings. */
  static async connect(port: number, { greets = true } = {}): Promise<RawClient> {
    const client = new RawClient(connect(port, "127.0.0.1"));
    await once(client.socket, "connect");
    if (greets) client.send(preface, settingsFrame([]));
    return client;
  }

  send(...bytes: Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** The first frame that matches, or undefined if the connection ends without it. Rejects after five seconds. */
  async frame(matches: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (const signal = AbortSignal.timeout(5_000); ; ) {
      const found = this.frames.find(matches);
      if (found || this.#ended) return found;
      await new Promise<void>((resolve, reject) => {
        this.#wake = resolve;
        signal.onabort = () => reject(new Error(`no such frame among ${JSON.stringify(this.frames)}`));
      });
    }
  }

  /** What ended the connection or the stream: `goaway 1`, `reset 5`, `closed`. */
  async failure(): Promise<string> {
    const found = await this.frame(({ type }) => type === frameType.goAway || type === frameType.resetStream);
    if (!found) return "closed";
    return found.type === frameType.goAway
      ? `goaway ${found.payload.readUInt32BE(4)}`
      : `reset ${found.payload.readUInt32BE(0)}`;
  }

  /** The body of a stream, as far as it has come. */
  body(stream: number): Buffer {
    const pieces = this.frames.filter((frame) => frame.type === frameType.data && frame.stream === stream);
    return Buffer.concat(pieces.map(({ payload }) => payload));
  }

  /** Waits for the end of a stream. */
  async end(stream: number): Promise<void> {
    await this.frame((frame) => frame.stream === stream && frame.type <= 1 && (frame.flags & flag.endStream) !== 0);
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }

  #onFrame(head: FrameHead, payload: Buffer): void {
    this.frames.push({ ...head, payload: Buffer.from(payload) });
    if (head.type === frameType.headers) {
      const fields: [string, string][] = [];
      this.#decoder.decode(payload, (name, value) => fields.push([name, value]));
      this.answers.set(head.stream, fields);
    }
    this.#wake();
  }
}
