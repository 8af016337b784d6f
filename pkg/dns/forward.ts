/** Asks the machine's own name servers, and keeps their answers for as long as their TTL says, within bounds. */

import { randomInt } from "node:crypto";
import { createSocket } from "node:dgram";
import { readFile } from "node:fs/promises";
import { connect, isIP } from "node:net";
import * as packets from "dns-packet";

export interface ForwarderOptions {
  /** `ip` or `ip:port`; asked in turn until one answers. */
  readonly servers: readonly string[];
  readonly timeoutMs?: number;
  readonly now: () => number;
}

interface Cached {
  readonly packet: packets.DecodedPacket;
  readonly until: number;
}

const cacheMax = 4096;
const cacheSecondsMax = 30;
const inFlightMax = 512;

export class Forwarder {
  readonly #options: ForwarderOptions;
  readonly #cache = new Map<string, Cached>();
  #inFlight = 0;

  constructor(options: ForwarderOptions) {
    this.#options = options;
  }

  /** Resolves to the upstream answer, or undefined when no server answers in time (SERVFAIL). */
  async ask(question: packets.Question, signal: AbortSignal): Promise<packets.DecodedPacket | undefined> {
    const key = `${question.type} ${question.name.toLowerCase()}`;
    const now = this.#options.now();
    const known = this.#cache.get(key);
    if (known && known.until > now) return known.packet;
    if (this.#inFlight >= inFlightMax) return undefined;
    this.#inFlight++;
    try {
      for (const server of this.#options.servers) {
        const reply = await this.#askOne(server, question, signal).catch(() => undefined);
        if (!reply) continue;
        this.#remember(key, reply, now);
        return reply;
      }
      return undefined;
    } finally {
      this.#inFlight--;
    }
  }

  async #askOne(server: string, question: packets.Question, signal: AbortSignal): Promise<packets.DecodedPacket> {
    const target = parseServer(server);
    const query: packets.Packet = {
      type: "query",
      id: randomInt(65536),
      flags: packets.RECURSION_DESIRED,
      questions: [question],
    };
    const limit = AbortSignal.any([signal, AbortSignal.timeout(this.#options.timeoutMs ?? 2000)]);
    const reply = await overUdp(target, query, limit);
    return reply.flag_tc ? overTcp(target, query, limit) : reply;
  }

  #remember(key: string, packet: packets.DecodedPacket, now: number): void {
    const ttls = [...(packet.answers ?? []), ...(packet.authorities ?? [])].flatMap((a) =>
      "ttl" in a && a.ttl !== undefined ? [a.ttl] : [],
    );
    const seconds = Math.min(cacheSecondsMax, ...ttls);
    if (ttls.length === 0 || seconds <= 0) return;
    if (this.#cache.size >= cacheMax) {
      const oldest = this.#cache.keys().next().value;
      if (oldest !== undefined) this.#cache.delete(oldest);
    }
    this.#cache.delete(key);
    this.#cache.set(key, { packet, until: now + seconds * 1000 });
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
}

function parseServer(server: string): Target {
  if (isIP(server)) return { host: server, port: 53 };
  const { hostname, port } = new URL(`dns://${server}`);
  return { host: hostname.replace(/^\[|\]$/g, ""), port: port ? Number(port) : 53 };
}

function overUdp({ host, port }: Target, query: packets.Packet, signal: AbortSignal): Promise<packets.DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<packets.DecodedPacket>();
  const socket = createSocket(isIP(host) === 6 ? "udp6" : "udp4");
  const abort = () => reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  socket.on("error", reject);
  socket.on("message", (message) => {
    try {
      const reply = packets.decode(message);
      if (reply.id === query.id) resolve(reply);
    } catch (error) {
      reject(error);
    }
  });
  // Not as a callback of `connect`: that one is called where there is no route, too, and must not send then.
  socket.once("connect", () => socket.send(packets.encode(query)));
  socket.connect(port, host);
  return promise.finally(() => {
    signal.removeEventListener("abort", abort);
    socket.close();
  });
}

const messageBytesMax = 65_537;

function overTcp({ host, port }: Target, query: packets.Packet, signal: AbortSignal): Promise<packets.DecodedPacket> {
  const { promise, resolve, reject } = Promise.withResolvers<packets.DecodedPacket>();
  const socket = connect({ host, port, signal });
  let received = Buffer.alloc(0);
  socket.on("error", reject);
  socket.on("close", () => reject(new Error(`${host} closed the connection`)));
  socket.on("data", (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    if (received.length > messageBytesMax) socket.destroy(new Error("answer too long"));
    if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
    try {
      resolve(packets.decode(received.subarray(2)));
    } catch (error) {
      reject(error);
    }
  });
  socket.write(packets.streamEncode(query));
  return promise.finally(() => socket.destroy());
}

/** The `nameserver` lines of a resolv.conf. */
export async function serversOf(resolvConf: string): Promise<string[]> {
  const text = await readFile(resolvConf, "utf8").catch(() => "");
  return text.split("\n").flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? []);
}
