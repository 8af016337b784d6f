/** gRPC over a unix socket, with the messages of a table. */
import { Client, connectivityState, credentials, Metadata, type ServiceError } from "@grpc/grpc-js";
import type { Init, MethodTable, ServiceTable } from "#api/cri/index.ts";
import { CriError } from "./errors.ts";

/** The runtime's answers may be long (image lists, exec output): upstream's own bound. */
const messageBytesMax = 16 * 1024 * 1024;

interface Table {
  readonly codec: { encode(name: string, value: object): Buffer; decode(name: string, bytes: Buffer): object };
  readonly services: ReadonlyMap<string, ServiceTable>;
}

export interface CallOptions {
  /** Bound on the whole call; Infinity for streams. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

export class GrpcConnection implements Disposable {
  readonly #client: Client;

  /** `endpoint` is `unix:///run/containerd/containerd.sock`; a bare path means the same. */
  constructor(endpoint: string) {
    const address = endpoint.startsWith("/") ? `unix://${endpoint}` : endpoint;
    this.#client = new Client(address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": messageBytesMax,
      "grpc.max_send_message_length": messageBytesMax,
      "grpc.initial_reconnect_backoff_ms": 100,
      "grpc.max_reconnect_backoff_ms": 3000,
      "grpc.default_authority": "localhost",
    });
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }

  /** Tells, now and from then on, whether the other end is there, and goes on trying to reach it; until disposed of. */
  watch(told: (isConnected: boolean) => void): void {
    const channel = this.#client.getChannel();
    const look = (): void => {
      const state = channel.getConnectivityState(true);
      if (state === connectivityState.SHUTDOWN) return;
      told(state === connectivityState.READY);
      channel.watchConnectivityState(state, Infinity, look);
    };
    look();
  }

  /** Rejects with CriError. */
  unary<Request, Response>(
    table: Table,
    service: string,
    method: string,
    request: Init<Request>,
    options: CallOptions,
  ): Promise<Response> {
    const { path, definition } = methodOf(table, service, method);
    const { promise, resolve, reject } = Promise.withResolvers<Response>();
    if (options.signal?.aborted) return Promise.reject(CriError.from(options.signal.reason));
    const call = this.#client.makeUnaryRequest(
      path,
      (value: object) => table.codec.encode(definition.request, value),
      (bytes: Buffer) => table.codec.decode(definition.response, bytes) as Response,
      request as object,
      metadataOf(options),
      { deadline: Number.isFinite(options.timeoutMs) ? Date.now() + options.timeoutMs : Infinity },
      (error: ServiceError | null, value?: Response) => {
        options.signal?.removeEventListener("abort", cancel);
        if (error) reject(CriError.from(error));
        else resolve(value as Response);
      },
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    return promise;
  }

  /** Ends when the server ends; throws CriError when the stream breaks. Cancelled by `signal`. */
  async *serverStream<Request, Response>(
    table: Table,
    service: string,
    method: string,
    request: Init<Request>,
    options: CallOptions,
  ): AsyncIterable<Response> {
    const { path, definition } = methodOf(table, service, method);
    const call = this.#client.makeServerStreamRequest(
      path,
      (value: object) => table.codec.encode(definition.request, value),
      (bytes: Buffer) => table.codec.decode(definition.response, bytes) as Response,
      request as object,
      metadataOf(options),
      { deadline: Infinity },
    );
    const cancel = (): void => call.cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const message of call) yield message as Response;
    } catch (error) {
      if (!options.signal?.aborted) throw CriError.from(error);
    } finally {
      options.signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }
}

function methodOf(table: Table, service: string, method: string): { path: string; definition: MethodTable } {
  const found = table.services.get(service);
  const definition = found?.methods.find(({ name }) => name === method);
  if (!found || !definition) throw new Error(`no method ${service}.${method}`);
  return { path: `/${found.name}/${method}`, definition };
}

function metadataOf({ headers }: CallOptions): Metadata {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(headers ?? {})) metadata.set(name, value);
  return metadata;
}
