/** exec and attach of a WebSocket client, translated into the SPDY streams of kubelets and container runtimes. */
import type { WebSocket } from "ws";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { Channels, channel, writeFrom } from "./channels.ts";
import { type DialTarget, dial, spdyHeaders } from "./dial.ts";
import { guard } from "./relay.ts";
import { SpdyConnection } from "./spdy/connection.ts";
import type { SpdyStream } from "./spdy/stream.ts";

export interface StreamChoice {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface TranslateOptions {
  readonly ws: WebSocket;
  readonly target: DialTarget;
  readonly streams: StreamChoice;
  readonly signal: AbortSignal;
}

/** The Status that ends a session carries an exit code at most. */
const statusBytesMax = 64 * 1024;
const remoteProtocols = ["v4.channel.k8s.io"];
/** Through address translators that forget silent connections. */
const pingMs = 5000;

/** Runs the session to its end. Never rejects: the client is told on the error channel. */
export async function translateExec(options: TranslateOptions): Promise<void> {
  const channels = new Channels(options.ws);
  const { ws } = options;
  const gone = new AbortController();
  ws.once("close", () => gone.abort());
  const stop = (): void => ws.terminate();
  options.signal.addEventListener("abort", stop, { once: true });
  if (options.signal.aborted) stop();
  try {
    await channels.send(options.streams.stdout ? channel.stdout : channel.error, Buffer.alloc(0));
    await session(channels, { ...options, signal: AbortSignal.any([options.signal, gone.signal]) });
  } catch (error) {
    await tellFailure(channels, error).catch(() => undefined);
  } finally {
    options.signal.removeEventListener("abort", stop);
    if (ws.readyState === ws.OPEN) ws.close(1000);
  }
}

function tellFailure(channels: Channels, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const status = new StatusError("InternalError", `Internal error occurred: ${message}`, {
    details: { causes: [{ message }] },
  });
  return channels.send(
    channel.error,
    Buffer.from(channels.hasStatus ? JSON.stringify(status.toStatus()) : status.message),
  );
}

async function session(channels: Channels, { target, streams, signal }: TranslateOptions): Promise<void> {
  // What the client says before the streams are there waits in the socket.
  channels.ws.pause();
  const far = await dial({ ...target, method: "POST", headers: spdyHeaders(remoteProtocols), signal });
  const unguard = guard([far.socket], signal);
  const spdy = new SpdyConnection(far.socket, { role: "client", head: far.head });
  const pings = setInterval(() => spdy.ping(), pingMs);
  try {
    const open = openStreams(spdy, streams);
    receive(channels, open);
    channels.ws.resume();
    const [status] = await Promise.all([
      statusOf(open.error),
      pump(open.stdout, channels, channel.stdout),
      pump(open.stderr, channels, channel.stderr),
    ]);
    await tellEnd(channels, status);
  } finally {
    clearInterval(pings);
    unguard();
    spdy.close();
  }
}

interface Open {
  readonly error: SpdyStream;
  readonly stdin: SpdyStream | undefined;
  readonly stdout: SpdyStream | undefined;
  readonly stderr: SpdyStream | undefined;
  readonly resize: SpdyStream | undefined;
}

/** The peer waits for exactly the streams that the request asked for. */
function openStreams(spdy: SpdyConnection, { stdin, stdout, stderr, tty }: StreamChoice): Open {
  const open = (type: string, wanted = true) => (wanted ? spdy.open(new Map([["streamtype", type]])) : undefined);
  const error = open("error") as SpdyStream;
  const streams = {
    error,
    stdin: open("stdin", stdin),
    stdout: open("stdout", stdout),
    stderr: open("stderr", stderr && !tty),
    resize: open("resize", tty),
  };
  error.end();
  streams.stdout?.end();
  streams.stderr?.end();
  streams.stdin?.resume();
  streams.resize?.resume();
  return streams;
}

function receive(channels: Channels, { stdin, resize }: Open): void {
  channels.onMessage(({ channel: to, data }) => {
    if (to === channel.stdin && stdin) writeFrom(channels.ws, stdin, data);
    else if (to === channel.resize && resize) writeFrom(channels.ws, resize, data);
    else if (to === channel.close && data[0] === channel.stdin) stdin?.end();
  });
}

async function pump(stream: SpdyStream | undefined, channels: Channels, to: number): Promise<void> {
  if (!stream) return;
  for await (const chunk of stream) await channels.send(to, chunk as Buffer);
}

async function statusOf(stream: SpdyStream): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += (chunk as Buffer).length;
    if (size <= statusBytesMax) parts.push(chunk as Buffer);
  }
  return Buffer.concat(parts);
}

const success = Buffer.from('{"metadata":{},"status":"Success"}');

async function tellEnd(channels: Channels, status: Buffer): Promise<void> {
  if (channels.hasStatus) {
    await channels.send(channel.error, status.length > 0 ? status : success);
    return;
  }
  const { status: outcome, message } = JSON.parse(status.toString() || "{}") as { status?: string; message?: string };
  if (outcome === "Failure") await channels.send(channel.error, Buffer.from(message ?? ""));
}
