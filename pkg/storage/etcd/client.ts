/** One etcd cluster: unary requests with failover over its endpoints, and raw watch streams. */
import { readFileSync } from "node:fs";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { StorageObserver } from "../options.ts";
import { EtcdError, fromRpc } from "./errors.ts";
import {
  decodeLeaseGrant,
  decodeRange,
  decodeStatus,
  decodeTxn,
  encodeCompaction,
  encodeEmpty,
  encodeLeaseGrant,
  encodeRange,
  encodeTxn,
  type RangeRequest,
  type RangeResponse,
  type StatusResponse,
  type TxnRequest,
  type TxnResponse,
} from "./messages.ts";
import { Channel, type Target } from "./rpc/channel.ts";
import { RpcError } from "./rpc/status.ts";
import type { CallEvents, RpcStream } from "./rpc/stream.ts";

/** How long one request may take at one endpoint. */
const REQUEST_MS_MAX = 10_000;
/** A page of a big Range takes longer than a single key. */
const RANGE_MS_MAX = 30_000;
/** Attempts of one request, over all endpoints. */
const ATTEMPTS_MAX = 5;
const RETRY_MS = 50;

export interface EtcdOptions {
  /** `http://host:2379`, `https://host:2379`, `unix:///path`; without a scheme `http`. */
  readonly endpoints: readonly string[];
  /** Paths of PEM files. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly clock: Clock;
  readonly observer?: StorageObserver;
}

/** What a request is, for metrics and for the retry rule. */
interface Call<T> {
  readonly operation: string;
  readonly path: string;
  readonly body: Buffer;
  readonly decode: (buffer: Buffer) => T;
  /** May be sent again whatever became of it. */
  readonly idempotent: boolean;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
}

const identity = (buffer: Buffer): Buffer => buffer;

export class EtcdClient {
  readonly #channels: readonly Channel[];
  readonly #clock: Clock;
  readonly #observer: StorageObserver | undefined;
  /** Which endpoint is used now; moves on when it fails. */
  #current = 0;
  #closed = false;

  constructor(options: EtcdOptions) {
    if (options.endpoints.length === 0) throw new Error("no etcd endpoint given");
    const tls = tlsFiles(options);
    this.#channels = options.endpoints.map((endpoint) => new Channel(parseEndpoint(endpoint, tls)));
    this.#clock = options.clock;
    this.#observer = options.observer;
  }

  range(request: RangeRequest, signal?: AbortSignal): Promise<RangeResponse> {
    return this.#call({
      operation: request.countOnly ? "count" : request.rangeEnd === undefined ? "get" : "list",
      path: "/etcdserverpb.KV/Range",
      body: encodeRange(request),
      decode: decodeRange,
      idempotent: true,
      timeoutMs: request.rangeEnd === undefined ? REQUEST_MS_MAX : RANGE_MS_MAX,
      signal,
    });
  }

  /** `operation` names the transaction in metrics: `create`, `update`, `delete`. A write is never sent twice. */
  txn(operation: string, request: TxnRequest, signal?: AbortSignal): Promise<TxnResponse> {
    return this.#call({
      operation,
      path: "/etcdserverpb.KV/Txn",
      body: encodeTxn(request),
      decode: decodeTxn,
      idempotent: false,
      timeoutMs: REQUEST_MS_MAX,
      signal,
    });
  }

  /** Another lease does no harm: an unused one runs out by itself. */
  leaseGrant(ttlSeconds: number): Promise<{ id: bigint; ttlSeconds: number }> {
    return this.#call({
      operation: "leaseGrant",
      path: "/etcdserverpb.Lease/LeaseGrant",
      body: encodeLeaseGrant(ttlSeconds),
      decode: decodeLeaseGrant,
      idempotent: true,
      timeoutMs: REQUEST_MS_MAX,
    });
  }

  async compact(revision: number): Promise<void> {
    await this.#call({
      operation: "compact",
      path: "/etcdserverpb.KV/Compact",
      body: encodeCompaction(revision),
      decode: identity,
      idempotent: true,
      timeoutMs: RANGE_MS_MAX,
    });
  }

  status(signal?: AbortSignal): Promise<StatusResponse> {
    return this.#call({
      operation: "status",
      path: "/etcdserverpb.Maintenance/Status",
      body: encodeEmpty(),
      decode: decodeStatus,
      idempotent: true,
      timeoutMs: REQUEST_MS_MAX,
      signal,
    });
  }

  /** The watch service of the endpoint in use: messages as they are on the wire. Rejects with RpcError. */
  watchStream(events: CallEvents): Promise<RpcStream> {
    return this.#channel().duplex("/etcdserverpb.Watch/Watch", events);
  }

  /** Says that the endpoint in use misbehaves: the next request goes to another. */
  moveOn(): void {
    this.#current = (this.#current + 1) % this.#channels.length;
  }

  close(): void {
    this.#closed = true;
    for (const channel of this.#channels) channel.close();
  }

  #channel(): Channel {
    if (this.#closed) throw new EtcdError("canceled", "the etcd client is closed", { maybeApplied: false });
    const channel = this.#channels[this.#current];
    if (!channel) throw new Error("no etcd endpoint");
    return channel;
  }

  async #call<T>(call: Call<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      const endpoint = this.#current;
      const started = performance.now();
      try {
        const answer = await this.#attempt(call);
        this.#observer?.request?.(call.operation, (performance.now() - started) / 1000, true);
        return answer;
      } catch (error) {
        this.#observer?.request?.(call.operation, (performance.now() - started) / 1000, false);
        if (!(error instanceof EtcdError)) throw error;
        // Only the first of many concurrent failures moves on, or the good endpoint would be skipped.
        if (error.kind === "unavailable" && this.#current === endpoint) this.moveOn();
        const repeatable = error.kind === "unavailable" && (call.idempotent || !error.maybeApplied);
        if (!repeatable || attempt >= ATTEMPTS_MAX || this.#closed) throw error;
        await this.#clock.sleep(RETRY_MS * 2 ** (attempt - 1), call.signal);
      }
    }
  }

  async #attempt<T>({ path, body, decode, timeoutMs, signal }: Call<T>): Promise<T> {
    try {
      return decode(await this.#channel().unary(path, body, { timeoutMs, signal }));
    } catch (error) {
      throw error instanceof RpcError ? fromRpc(error) : error;
    }
  }
}

function tlsFiles({ ca, cert, key }: EtcdOptions): NonNullable<Target["tls"]> {
  return {
    ...(ca ? { ca: readFileSync(ca) } : {}),
    ...(cert ? { cert: readFileSync(cert) } : {}),
    ...(key ? { key: readFileSync(key) } : {}),
  };
}

/** Throws on a scheme that is none of etcd's. */
export function parseEndpoint(endpoint: string, tls: NonNullable<Target["tls"]>): Target {
  if (endpoint.startsWith("unixs://")) return { address: { path: endpoint.slice(8) }, tls };
  if (endpoint.startsWith("unix://")) return { address: { path: endpoint.slice(7) } };
  const url = new URL(endpoint.includes("://") ? endpoint : `http://${endpoint}`);
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:") throw new Error(`etcd endpoint ${endpoint}: unknown scheme ${url.protocol}`);
  // URL drops a scheme's default port.
  const port = Number(url.port || (secure ? "443" : "80"));
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { address: { host, port }, ...(secure ? { tls } : {}) };
}
