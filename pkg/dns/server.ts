/** UDP and TCP on one port. Queries in flight are bounded; what is beyond is dropped (UDP) or not read (TCP). */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { createServer, type Socket } from "node:net";
import * as packets from "dns-packet";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { Resolver } from "./resolver.ts";

export interface DnsServerOptions {
  readonly resolver: Resolver;
  readonly address: string;
  /** 0 takes any free port, the same for both protocols. */
  readonly port: number;
  readonly log: Logger;
}

export interface DnsServer extends AsyncDisposable {
  readonly port: number;
}

const udpInFlightMax = 1000;
const tcpConnectionsMax = 256;
const tcpIdleMs = 10_000;
const udpBytesDefault = 512;
/** Larger UDP answers tend to get lost in fragments. */
const udpBytesMax = 1232;

export async function serveDns(options: DnsServerOptions): Promise<DnsServer> {
  const stop = new AbortController();
  const udp = await listenUdp(options, stop.signal);
  const { port } = udp.address();
  let tcp: Awaited<ReturnType<typeof listenTcp>>;
  try {
    tcp = await listenTcp({ ...options, port }, stop.signal);
  } catch (error) {
    udp.close();
    throw error;
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (stop.signal.aborted) return;
      stop.abort();
      await Promise.all([new Promise<void>((done) => udp.close(done)), tcp[Symbol.asyncDispose]()]);
    },
  };
}

async function listenUdp({ resolver, address, port, log }: DnsServerOptions, signal: AbortSignal): Promise<UdpSocket> {
  const socket = createSocket({ type: address.includes(":") ? "udp6" : "udp4" });
  let inFlight = 0;
  socket.on("message", (message, from) => {
    const query = decodeQuery(message);
    if (!query || inFlight >= udpInFlightMax) return;
    inFlight++;
    resolver
      .respond(query, signal)
      .then((response) => {
        if (!signal.aborted) socket.send(fitUdp(response, query), from.port, from.address);
      })
      .catch((error: unknown) => log.warn({ err: error, from: from.address }, "query could not be answered"))
      .finally(() => inFlight--);
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once("error", reject);
  socket.bind(port, address, resolve);
  await promise;
  socket.on("error", (error) => log.warn({ err: error }, "udp socket failed"));
  return socket;
}

/** Undefined for what is not a query; answering junk would make the server a tool against others. */
function decodeQuery(message: Buffer): packets.DecodedPacket | undefined {
  try {
    const query = packets.decode(message);
    return query.type === "query" ? query : undefined;
  } catch {
    return undefined;
  }
}

/** Cuts answers off, with the truncation flag set, when they do not fit what the client takes. */
function fitUdp(response: packets.Packet, query: packets.DecodedPacket): Buffer {
  const edns = query.additionals?.find((record) => record.type === "OPT") as { udpPayloadSize?: number } | undefined;
  const room = Math.min(udpBytesMax, Math.max(udpBytesDefault, edns?.udpPayloadSize ?? udpBytesDefault));
  const whole = packets.encode(response);
  if (whole.length <= room) return whole;
  const bare = packets.encode({ ...response, additionals: [] });
  if (bare.length <= room) return bare;
  return packets.encode({
    ...response,
    flags: (response.flags ?? 0) | packets.TRUNCATED_RESPONSE,
    answers: [],
    authorities: [],
    additionals: [],
  });
}

async function listenTcp(
  { resolver, address, port, log }: DnsServerOptions,
  signal: AbortSignal,
): Promise<AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.setTimeout(tcpIdleMs, () => socket.destroy());
    serveConnection(socket, resolver, signal).catch((error: unknown) => {
      log.debug({ err: error }, "connection ended badly");
      socket.destroy();
    });
  });
  server.maxConnections = tcpConnectionsMax;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, address, resolve);
  await promise;
  return {
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}

/** Answers the length-prefixed queries of one connection in order. */
async function serveConnection(socket: Socket, resolver: Resolver, signal: AbortSignal): Promise<void> {
  let waiting: Buffer = Buffer.alloc(0);
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    waiting = Buffer.concat([waiting, chunk]);
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0);
      const query = decodeQuery(waiting.subarray(2, end));
      waiting = waiting.subarray(end);
      if (!query) return void socket.destroy();
      socket.write(packets.streamEncode(await resolver.respond(query, signal)));
    }
  }
}
