/** One etcd cluster: unary requests with failover over its endpoints, and raw watch streams. */
import { readFileSync } from "node:fs";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import {
  type CallOptions,
  type ChannelCredentials,
  type ClientDuplexStream,
  Client as GrpcClient,
  credentials as grpcCredentials,
  Metadata,
  type ServiceError,
} from "@grpc/grpc-js";
import type { Clock } from "#pkg/apimachinery/clock.ts";
import type { StorageObserver } from "../options.ts";
import { EtcdError, fromGrpc } from "./errors.ts";
import {
  decodeLeaseGrant,
  decodeRange,
  decodeStatus,
  decodeTxn,
  decodeWatch,
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
  type WatchResponse,
} from "./messages.ts";

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

const channelOptions = {
  "grpc.max_receive_message_length": -1,
  "grpc.max_send_message_length": -1,
  "grpc.keepalive_time_ms": 30_000,
  "grpc.keepalive_timeout_ms": 10_000,
  "grpc.initial_reconnect_backoff_ms": 100,
  "grpc.max_reconnect_backoff_ms": 1_000,
  "grpc.use_local_subchannel_pool": 1,
  "grpc.service_config_disable_resolution": 1,
  "grpc.enable_retries": 0,
  "grpc.enable_http_proxy": 0,
  "grpc-node.flow_control_window": 4 * 1024 * 1024,
};

const identity = (buffer: Buffer): Buffer => buffer;

export class EtcdClient {
  readonly #clients: readonly GrpcClient[];
  readonly #clock: Clock;
  readonly #observer: StorageObserver | undefined;
  /** Which endpoint is used now; moves on when it fails. */
  #current = 0;
  #closed = false;

  constructor(options: EtcdOptions) {
    if (options.endpoints.length === 0) throw new Error("no etcd endpoint given");
    this.#clients = options.endpoints.map((endpoint) => openChannel(endpoint, options));
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

  /** A raw stream at the endpoint in use; its `error` event carries a grpc ServiceError. */
  watchStream(): ClientDuplexStream<Buffer, WatchResponse> {
    const client = this.#client();
    return client.makeBidiStreamRequest("/etcdserverpb.Watch/Watch", identity, decodeWatch, new Metadata(), {});
  }

  /** Says that the endpoint in use misbehaves: the next request goes to another. */
  moveOn(): void {
    this.#current = (this.#current + 1) % this.#clients.length;
  }

  close(): void {
    this.#closed = true;
    for (const client of this.#clients) client.close();
  }

  #client(): GrpcClient {
    if (this.#closed) throw new EtcdError("canceled", "the etcd client is closed", { maybeApplied: false });
    const client = this.#clients[this.#current];
    if (!client) throw new Error("no etcd endpoint");
    return client;
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

  #attempt<T>(call: Call<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    call.signal?.throwIfAborted();
    const options: CallOptions = { deadline: Date.now() + call.timeoutMs };
    const request = this.#client().makeUnaryRequest<Buffer, T>(
      call.path,
      identity,
      call.decode,
      call.body,
      new Metadata(),
      options,
      (error: ServiceError | null, value?: T) => {
        call.signal?.removeEventListener("abort", abort);
        if (error) reject(call.signal?.aborted ? call.signal.reason : fromGrpc(error));
        else resolve(value as T);
      },
    );
    const abort = (): void => request.cancel();
    call.signal?.addEventListener("abort", abort, { once: true });
    return promise;
  }
}

function openChannel(endpoint: string, options: EtcdOptions): GrpcClient {
  const { target, secure, address } = parseEndpoint(endpoint);
  if (!secure) return new GrpcClient(target, grpcCredentials.createInsecure(), channelOptions);
  // TLS knows no server name that is an address: a name is offered in its place, the certificate is checked for the address.
  return address === undefined
    ? new GrpcClient(target, tlsCredentials(options), channelOptions)
    : new GrpcClient(target, tlsCredentials(options, address), {
        ...channelOptions,
        "grpc.ssl_target_name_override": "localhost",
      });
}

/** grpc's name of an endpoint, whether it speaks TLS, and its IP address where it has one instead of a name. */
export function parseEndpoint(endpoint: string): { target: string; secure: boolean; address?: string } {
  if (endpoint.startsWith("unixs://")) return { target: `unix:${endpoint.slice(8)}`, secure: true };
  if (endpoint.startsWith("unix://")) return { target: `unix:${endpoint.slice(7)}`, secure: false };
  const url = new URL(endpoint.includes("://") ? endpoint : `http://${endpoint}`);
  const secure = url.protocol === "https:";
  if (!secure && url.protocol !== "http:") throw new Error(`etcd endpoint ${endpoint}: unknown scheme ${url.protocol}`);
  // URL drops a scheme's default port.
  const port = url.port || (secure ? "443" : "80");
  const host = url.hostname.replace(/^\[(.*)\]$/, "$1");
  return { target: `${url.hostname}:${port}`, secure, ...(isIP(host) ? { address: host } : {}) };
}

function tlsCredentials({ ca, cert, key }: EtcdOptions, address?: string): ChannelCredentials {
  const read = (path: string | undefined): Buffer | null => (path ? readFileSync(path) : null);
  if (address === undefined) return grpcCredentials.createSsl(read(ca), read(key), read(cert));
  return grpcCredentials.createSsl(read(ca), read(key), read(cert), {
    checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate),
  });
}
