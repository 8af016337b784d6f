/** Port forwarding through a WebSocket: its binary messages carry the bytes of a SPDY connection. */
import type { WebSocket } from "ws";
import { bytesOf, sendMessage, writeFrom } from "./channels.ts";
import type { Upgraded } from "./dial.ts";
import { guard } from "./relay.ts";

/** Resolves when both sides are closed. */
export async function tunnel(ws: WebSocket, far: Upgraded, signal: AbortSignal): Promise<void> {
  const { socket, head } = far;
  const unguard = guard([socket], signal);
  ws.on("message", (raw) => writeFrom(ws, socket, bytesOf(raw)));
  const closed = new Promise<void>((resolve) => ws.once("close", () => resolve()));
  ws.once("close", () => socket.destroy());
  if (ws.readyState === ws.CLOSED) socket.destroy();
  try {
    if (head.length > 0) await sendMessage(ws, head);
    for await (const chunk of socket) await sendMessage(ws, chunk as Buffer);
  } catch {
    // One side is gone; the other is told below.
  }
  unguard();
  socket.destroy();
  if (ws.readyState === ws.OPEN) ws.close(1000);
  const timer = setTimeout(() => ws.terminate(), closeMsMax);
  if (ws.readyState !== ws.CLOSED) await closed;
  clearTimeout(timer);
}

/** How long a client may take to answer our goodbye. */
const closeMsMax = 1000;
