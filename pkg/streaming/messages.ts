/** A byte stream in WebSocket messages, for clients that read what others get as an ordinary body: logs. */
import type { IncomingMessage } from "node:http";
import type { Duplex, Readable } from "node:stream";
import { WebSocketServer } from "ws";
import { sendMessage } from "./channels.ts";

const plain = "binary.k8s.io";
const base64 = "base64.binary.k8s.io";

const server = new WebSocketServer({
  noServer: true,
  perMessageDeflate: false,
  // Nothing is expected of the client.
  maxPayload: 1024,
  handleProtocols: (offered) => [plain, base64].find((name) => offered.has(name)) ?? false,
});

export interface MessageStream {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
  /** Destroyed when the client goes. */
  readonly source: Readable;
}

/** Sends all of `source`, a message a chunk, and closes. Resolves when the connection has ended. */
export function streamMessages({ request, socket, head, source }: MessageStream): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const end = (): void => {
    source.destroy();
    resolve();
  };
  socket.once("close", end);
  server.handleUpgrade(request, socket, head, (ws) => {
    const encode = ws.protocol === base64 ? (chunk: Buffer) => chunk.toString("base64") : (chunk: Buffer) => chunk;
    ws.on("error", () => ws.terminate());
    const pump = async (): Promise<void> => {
      for await (const chunk of source) await sendMessage(ws, encode(chunk as Buffer));
      ws.close(1000);
    };
    pump().catch(() => ws.terminate());
  });
  return promise;
}
