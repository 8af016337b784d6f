/** Joins two connections byte for byte. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type DialTarget, dial, type Upgraded } from "./dial.ts";

/** Upstream closes streams that are silent for four hours. */
export const idleMsMax = 4 * 60 * 60_000;
/** How long a client that got everything may keep its side open once the other side is gone. */
const lingerMs = 1000;

export interface RelayOptions {
  readonly request: IncomingMessage;
  /** The client's raw connection, taken from an `upgrade` event. */
  readonly socket: Duplex;
  readonly head: Buffer;
  readonly target: DialTarget;
  readonly signal: AbortSignal;
  /** Headers to send instead of those that concern the upgrade alone. */
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
}

const upgradeHeaders = new Set([
  "connection",
  "upgrade",
  "x-stream-protocol-version",
  "user-agent",
  "sec-websocket-key",
  "sec-websocket-version",
  "sec-websocket-protocol",
  "sec-websocket-extensions",
]);

/** Passes an upgrade on as it is. Rejects (with nothing sent to the client) when the target refuses it. */
export async function relayUpgrade(options: RelayOptions): Promise<void> {
  const { request, socket, head, target, signal } = options;
  const headers = options.headers ?? headersOf(request);
  const far = await dial({ ...target, method: request.method ?? "GET", headers, signal });
  socket.write(switchingHead(far.response));
  await join({ socket, head }, far, signal);
}

function headersOf(request: IncomingMessage): Record<string, string | readonly string[]> {
  const headers: Record<string, string | readonly string[]> = {};
  for (const name of upgradeHeaders) {
    const values = request.headersDistinct[name];
    if (values) headers[name] = values;
  }
  if (request.method === "POST") headers["content-length"] = "0";
  return headers;
}

function switchingHead(response: IncomingMessage): string {
  const lines = [`HTTP/1.1 ${response.statusCode} ${response.statusMessage}`];
  for (let i = 0; i < response.rawHeaders.length; i += 2)
    lines.push(`${response.rawHeaders[i]}: ${response.rawHeaders[i + 1]}`);
  return `${lines.join("\r\n")}\r\n\r\n`;
}

/** Resolves when both are closed. */
export async function join(
  near: { readonly socket: Duplex; readonly head: Buffer },
  far: Pick<Upgraded, "socket" | "head">,
  signal: AbortSignal,
): Promise<void> {
  if (near.head.length > 0) far.socket.write(near.head);
  if (far.head.length > 0) near.socket.write(far.head);
  const over = Promise.all([closing(near.socket, far.socket), closing(far.socket, near.socket)]);
  const stop = guard([near.socket, far.socket], signal);
  near.socket.pipe(far.socket);
  far.socket.pipe(near.socket);
  await over;
  stop();
}

function closing(socket: Duplex, other: Duplex): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on("error", () => socket.destroy());
  if (socket.destroyed) resolve();
  socket.once("close", () => {
    // What is on its way to a slow client still gets there.
    const linger = (): void => void setTimeout(() => other.destroy(), lingerMs).unref();
    if (other.writableFinished) linger();
    else other.once("finish", linger);
    if (!other.writableEnded) other.end();
    resolve();
  });
  return promise;
}

/** Destroys sockets that are silent for too long, and all of them when the server stops. Returns what ends the watch. */
export function guard(sockets: readonly Duplex[], signal: AbortSignal): () => void {
  const destroy = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  for (const socket of sockets) {
    if ("setTimeout" in socket && typeof socket.setTimeout === "function") socket.setTimeout(idleMsMax, destroy);
  }
  signal.addEventListener("abort", destroy, { once: true });
  if (signal.aborted) destroy();
  return () => signal.removeEventListener("abort", destroy);
}
