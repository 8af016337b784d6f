/** The runtime and image services of one container runtime. */
import { cri, type ImageServiceMethods, type Init, type RuntimeServiceMethods } from "#api/cri/index.ts";
import { GrpcConnection } from "./connection.ts";

export interface CriCallOptions {
  readonly signal?: AbortSignal;
  /** Default two minutes, upstream's runtimeRequestTimeout. */
  readonly timeoutMs?: number;
}

const defaultTimeoutMs = 120_000;

/** A registry that trickles bytes still ends; upstream waits 15 minutes without progress, the runtime sees to that. */
export const pullTimeoutMs = 60 * 60_000;

export type RuntimeMethod = keyof RuntimeServiceMethods;
export type ImageMethod = keyof ImageServiceMethods;

export interface Cri extends Disposable {
  /** A call of the RuntimeService. Rejects with CriError. */
  runtime<M extends RuntimeMethod>(
    method: M,
    request: Init<RuntimeServiceMethods[M][0]>,
    options?: CriCallOptions,
  ): Promise<RuntimeServiceMethods[M][1]>;
  /** A call of the ImageService. Rejects with CriError. */
  image<M extends ImageMethod>(
    method: M,
    request: Init<ImageServiceMethods[M][0]>,
    options?: CriCallOptions,
  ): Promise<ImageServiceMethods[M][1]>;
  /** The connection to the runtime's socket, for what else is served there. */
  readonly connection: GrpcConnection;
}

/** Connects lazily: the runtime may come up later than the kubelet. */
export function connectCri(options: { endpoint: string; imageEndpoint?: string }): Cri {
  const connection = new GrpcConnection(options.endpoint);
  const separate = options.imageEndpoint !== undefined && options.imageEndpoint !== options.endpoint;
  const images = separate ? new GrpcConnection(options.imageEndpoint ?? "") : connection;
  const callOptions = ({ signal, timeoutMs = defaultTimeoutMs }: CriCallOptions) => ({ signal, timeoutMs });
  return {
    connection,
    runtime: (method, request, call = {}) =>
      connection.unary(cri, "RuntimeService", method, request, callOptions(call)),
    image: (method, request, call = {}) => images.unary(cri, "ImageService", method, request, callOptions(call)),
    [Symbol.dispose]() {
      connection[Symbol.dispose]();
      if (separate) images[Symbol.dispose]();
    },
  };
}
