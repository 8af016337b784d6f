/** One registered plugin of a driver: its connection, and what it is asked. */
import { GrpcConnection } from "../cri/connection.ts";
import { type ClaimReference, type PrepareReply, type Replies, services, type UnprepareReply } from "./api.ts";

/** Half of the time after which upstream's kubelet tries a pod again. */
const timeoutMs = 45_000;

export interface DriverPluginOptions {
  readonly driver: string;
  readonly endpoint: string;
  /** One of `services`. */
  readonly service: string;
  readonly changed: () => void;
}

export class DriverPlugin implements Disposable {
  readonly driver: string;
  readonly endpoint: string;
  readonly #connection: GrpcConnection;
  readonly #service: string;
  #isConnected = false;

  constructor({ driver, endpoint, service, changed }: DriverPluginOptions) {
    this.driver = driver;
    this.endpoint = endpoint;
    this.#service = service;
    this.#connection = new GrpcConnection(endpoint);
    this.#connection.watch((isConnected) => {
      if (this.#isConnected === isConnected) return;
      this.#isConnected = isConnected;
      changed();
    });
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** Idempotent. Rejects with CriError. */
  prepare(claims: readonly ClaimReference[], signal: AbortSignal): Promise<Replies<PrepareReply>> {
    return this.#call<PrepareReply>("NodePrepareResources", claims, signal);
  }

  /** Idempotent. Rejects with CriError. */
  unprepare(claims: readonly ClaimReference[], signal: AbortSignal): Promise<Replies<UnprepareReply>> {
    return this.#call<UnprepareReply>("NodeUnprepareResources", claims, signal);
  }

  async #call<T>(method: string, claims: readonly ClaimReference[], signal: AbortSignal): Promise<Replies<T>> {
    const table = services.get(this.#service);
    if (!table) throw new Error(`internal error: unsupported chosen service: ${JSON.stringify(this.#service)}`);
    type Request = { claims: readonly ClaimReference[] };
    type Response = { claims: Replies<T> };
    const options = { timeoutMs, signal };
    const response = await this.#connection.unary<Request, Response>(table, "DRAPlugin", method, { claims }, options);
    return response.claims;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}
