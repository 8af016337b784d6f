/**
 * Channels in WebSocket messages: the first byte of a message names its stream. v5 adds messages that close a stream,
 * v4 the Status on the error channel; base64 variants are for clients that can only send text.
 */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type RawData, type WebSocket, WebSocketServer } from "ws";

export const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;

/** Best first. */
const protocols = [
  "v5.channel.k8s.io",
  "v4.channel.k8s.io",
  "v4.base64.channel.k8s.io",
  "channel.k8s.io",
  "base64.channel.k8s.io",
] as const;

const messageBytesMax = 16 * 1024 * 1024;

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  maxPayload: messageBytesMax,
  handleProtocols: (offered) => protocols.find((name) => offered.has(name)) ?? false,
});

/** SPDY inside of WebSocket messages: how kubectl and client-go forward ports. */
const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";

/** The slash in its name makes the library refuse the handshake, so that it never sees the name: we answer it ourselves. */
const tunnelled = new WeakSet<IncomingMessage>();
server.on("headers", (headers, request) => {
  if (tunnelled.has(request)) headers.push(`Sec-WebSocket-Protocol: ${tunnelProtocol}`);
});

export const isWebSocket = (request: IncomingMessage): boolean =>
  request.headers.upgrade?.toLowerCase() === "websocket";

export const offersTunnel = (request: IncomingMessage): boolean =>
  (request.headers["sec-websocket-protocol"] ?? "").split(",").some((name) => name.trim() === tunnelProtocol);

/** Undefined: the request was no good handshake, and was answered so. */
export function acceptWebSocket(
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<WebSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<WebSocket | undefined>();
  if (offersTunnel(request)) {
    tunnelled.add(request);
    delete request.headers["sec-websocket-protocol"];
  }
  const refused = (): void => resolve(undefined);
  socket.once("close", refused);
  server.handleUpgrade(request, socket, head, (ws) => {
    socket.off("close", refused);
    ws.on("error", () => ws.terminate());
    resolve(ws);
  });
  return promise;
}

/** Resolves when the message is with the kernel: the back-pressure of slow clients. Rejects when the client is gone. */
export function sendMessage(ws: WebSocket, data: Buffer | string): Promise<void> {
  return new Promise((resolve, reject) => {
    ws.send(data, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}

export interface ChannelMessage {
  readonly channel: number;
  readonly data: Buffer;
}

/** The channels of one client, in the protocol that it chose. */
export class Channels {
  readonly ws: WebSocket;
  readonly #base64: boolean;
  /** Before v4 an error is plain text, and success is silence. */
  readonly hasStatus: boolean;

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.#base64 = ws.protocol.includes("base64");
    this.hasStatus = /^v[45]\./.test(ws.protocol);
  }

  send(to: number, data: Buffer): Promise<void> {
    const { ws } = this;
    if (this.#base64) return sendMessage(ws, `${to}${data.toString("base64")}`);
    return sendMessage(ws, Buffer.concat([Buffer.from([to]), data]));
  }

  onMessage(callback: (message: ChannelMessage) => void): void {
    this.ws.on("message", (raw: RawData) => {
      const message = this.#parse(bytesOf(raw));
      if (message) callback(message);
    });
  }

  #parse(bytes: Buffer): ChannelMessage | undefined {
    const [first] = bytes;
    if (first === undefined) return undefined;
    if (!this.#base64) return { channel: first, data: bytes.subarray(1) };
    return { channel: first - 0x30, data: Buffer.from(bytes.toString("latin1", 1), "base64") };
  }
}

export function bytesOf(raw: RawData): Buffer {
  if (Buffer.isBuffer(raw)) return raw;
  return Array.isArray(raw) ? Buffer.concat(raw) : Buffer.from(raw);
}

/** Writes what a client sends into a stream, and stops reading from the client while the stream is full. */
export function writeFrom(ws: WebSocket, stream: Duplex, data: Buffer): void {
  if (stream.destroyed || stream.writableEnded) return;
  if (stream.write(data) || ws.isPaused) return;
  ws.pause();
  const resume = (): void => {
    stream.off("drain", resume);
    stream.off("close", resume);
    ws.resume();
  };
  stream.on("drain", resume);
  stream.on("close", resume);
}
