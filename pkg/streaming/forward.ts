/** Port forwarding of WebSocket clients that use channels: for the n-th port 2n carries data and 2n+1 errors. */
import type { WebSocket } from "ws";
import { badRequest } from "#pkg/apimachinery/status-error.ts";
import { Channels, writeFrom } from "./channels.ts";
import type { Upgraded } from "./dial.ts";
import { guard } from "./relay.ts";
import { SpdyConnection } from "./spdy/connection.ts";
import type { SpdyStream } from "./spdy/stream.ts";

const portsMax = 32;

/** `?ports=80,443&ports=8080`. Throws 400. */
export function parsePorts(url: string): number[] {
  const query = new URLSearchParams(url.slice(url.indexOf("?") + 1));
  const words = query.getAll("ports").flatMap((text) => text.split(","));
  const ports = words.map((word) => (/^\d{1,5}$/.test(word) ? Number(word) : 0));
  if (ports.length === 0) throw badRequest('query parameter "ports" is required');
  if (ports.length > portsMax || ports.some((port) => port < 1 || port > 65_535))
    throw badRequest(`unable to parse ports ${JSON.stringify(words.join(","))} of the query`);
  return ports;
}

export interface ForwardOptions {
  readonly ws: WebSocket;
  readonly far: Upgraded;
  readonly ports: readonly number[];
  readonly signal: AbortSignal;
}

/** Resolves when every port's stream has ended or the client is gone. */
export async function forwardChannels({ ws, far, ports, signal }: ForwardOptions): Promise<void> {
  const channels = new Channels(ws);
  const unguard = guard([far.socket], signal);
  const spdy = new SpdyConnection(far.socket, { role: "client", head: far.head });
  ws.once("close", () => spdy.close());
  const streams = ports.map((port, i) => openPort(spdy, port, i));
  channels.onMessage(({ channel, data }) => {
    const stream = channel % 2 === 0 ? streams[channel / 2]?.data : undefined;
    if (stream) writeFrom(ws, stream, data);
  });
  try {
    await Promise.all(streams.map((one, i) => serve(channels, one, i)));
  } catch {
    // The client or the peer is gone.
  }
  unguard();
  spdy.close();
  if (ws.readyState === ws.OPEN) ws.close(1000);
}

interface PortStreams {
  readonly port: number;
  readonly data: SpdyStream;
  readonly error: SpdyStream;
}

function openPort(spdy: SpdyConnection, port: number, request: number): PortStreams {
  const open = (type: string) =>
    spdy.open(
      new Map([
        ["streamtype", type],
        ["port", String(port)],
        ["requestid", String(request)],
      ]),
    );
  const error = open("error");
  error.end();
  return { port, error, data: open("data") };
}

/** Each channel begins with its port, so that the client knows that it is open. */
async function serve(channels: Channels, { port, data, error }: PortStreams, index: number): Promise<void> {
  const first = Buffer.alloc(2);
  first.writeUInt16LE(port);
  await channels.send(2 * index, first);
  await channels.send(2 * index + 1, first);
  const pump = async (stream: SpdyStream, to: number): Promise<void> => {
    for await (const chunk of stream) await channels.send(to, chunk as Buffer);
  };
  await Promise.all([pump(data, 2 * index), pump(error, 2 * index + 1)]);
}
