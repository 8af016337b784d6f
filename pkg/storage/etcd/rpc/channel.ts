/** Calls to one gRPC server: connects when first needed, and again after the connection was lost. */
import { connect as connectPlain, isIP, type Socket } from "node:net";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { encodeHeaders } from "#pkg/http2/header-encoder.ts";
import { Connection } from "./connection.ts";
import { RpcError, rpcCode } from "./status.ts";
import type { CallEvents, RpcStream } from "./stream.ts";

const connectMsMax = 5_000;

export interface Target {
  /** A TCP address, or the path of a unix socket. */
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  /** Absent: plain text. PEM texts. */
  readonly tls?: { readonly ca?: Buffer; readonly cert?: Buffer; readonly key?: Buffer };
}

export interface UnaryOptions {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

export class Channel {
  readonly #target: Target;
  readonly #heads = new Map<string, Buffer>();
  #connection: Connection | undefined;
  #connecting: Promise<Connection> | undefined;
  #closed = false;

  constructor(target: Target) {
    this.#target = target;
  }

  /** One message there, one back. Rejects with RpcError, or with the signal's reason. */
  async unary(path: string, message: Buffer, { timeoutMs, signal }: UnaryOptions): Promise<Buffer> {
    signal?.throwIfAborted();
    const connection = this.#connection?.isOpen ? this.#connection : await this.#connect();
    signal?.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
    let answer: Buffer | undefined;
    const stream = connection.open(this.#headOf(path, timeoutMs), {
      onMessage: (received) => {
        answer = received;
      },
      onEnd: (failure) => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", abort);
        if (failure) reject(signal?.aborted ? signal.reason : failure);
        else if (answer) resolve(answer);
        else reject(new RpcError(rpcCode.internal, "an answer without its message"));
      },
    });
    const timer = setTimeout(() => stream.cancel(deadlineExceeded(timeoutMs)), timeoutMs);
    const abort = (): void => stream.cancel(new RpcError(rpcCode.canceled, "the call was given up"));
    signal?.addEventListener("abort", abort, { once: true });
    stream.send(message, true);
    return promise;
  }

  /** Messages both ways until one side ends. Rejects with RpcError when there is no connection. */
  async duplex(path: string, events: CallEvents): Promise<RpcStream> {
    const connection = this.#connection?.isOpen ? this.#connection : await this.#connect();
    return connection.open(this.#headOf(path), events);
  }

  close(): void {
    this.#closed = true;
    this.#connection?.destroy(new Error("the channel is closed"));
  }

  #headOf(path: string, timeoutMs?: number): Buffer {
    const key = timeoutMs === undefined ? path : `${path} ${timeoutMs}`;
    let head = this.#heads.get(key);
    if (!head) {
      head = encodeHeaders([
        [":method", "POST"],
        [":scheme", this.#target.tls ? "https" : "http"],
        [":path", path],
        [":authority", authorityOf(this.#target)],
        ["te", "trailers"],
        ["content-type", "application/grpc"],
        ["user-agent", "kubets"],
        ...(timeoutMs === undefined ? [] : [["grpc-timeout", `${timeoutMs}m`] as const]),
      ]);
      this.#heads.set(key, head);
    }
    return head;
  }

  /** Everybody who asks meanwhile waits for the same attempt. */
  #connect(): Promise<Connection> {
    this.#connecting ??= this.#attempt().finally(() => {
      this.#connecting = undefined;
    });
    return this.#connecting;
  }

  async #attempt(): Promise<Connection> {
    if (this.#closed) throw new RpcError(rpcCode.canceled, "the channel is closed", { unsent: true });
    try {
      const socket = await openSocket(this.#target);
      if (this.#closed) {
        socket.destroy();
        throw new Error("the channel is closed");
      }
      this.#connection = new Connection(socket);
      return this.#connection;
    } catch (error) {
      const why = error instanceof Error ? error.message || error.name : String(error);
      throw new RpcError(rpcCode.unavailable, `no connection: ${why}`, { unsent: true, cause: error });
    }
  }
}

const deadlineExceeded = (ms: number): RpcError => new RpcError(rpcCode.deadlineExceeded, `no answer within ${ms} ms`);

/** Servers want a name; for a socket in the file system grpc's own clients say localhost. */
function authorityOf({ address }: Target): string {
  if ("path" in address) return "localhost";
  return `${isIP(address.host) === 6 ? `[${address.host}]` : address.host}:${address.port}`;
}

/** Rejects with what went wrong, or after a bounded wait. */
async function openSocket({ address, tls }: Target): Promise<Socket> {
  const socket = tls ? connectTls({ ...address, ...tlsOptions(address, tls) }) : connectPlain(address);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`not within ${connectMsMax} ms`)), connectMsMax);
  socket.once(tls ? "secureConnect" : "connect", resolve);
  socket.once("error", reject);
  socket.once("close", () => reject(new Error("the connection was closed")));
  try {
    await promise;
    if (tls && (socket as TLSSocket).alpnProtocol !== "h2") throw new Error("the server does not speak HTTP/2");
    return socket;
  } catch (error) {
    // Whatever else goes wrong with it is nobody's business any more.
    socket.on("error", () => {});
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** TLS knows no server name that is an address; the certificate is checked for the address all the same. */
function tlsOptions(address: Target["address"], tls: NonNullable<Target["tls"]>) {
  const name = "path" in address ? "localhost" : address.host;
  return { ...tls, ALPNProtocols: ["h2"], ...(isIP(name) ? {} : { servername: name }) };
}
