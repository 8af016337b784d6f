/** gRPC's status codes (https://grpc.io/docs/guides/status-codes/), those that etcd or we ourselves give. */
export const rpcCode = {
  ok: 0,
  canceled: 1,
  unknown: 2,
  deadlineExceeded: 4,
  permissionDenied: 7,
  resourceExhausted: 8,
  unimplemented: 12,
  internal: 13,
  unavailable: 14,
  unauthenticated: 16,
} as const;

/** How a call failed. */
export class RpcError extends Error {
  override readonly name = "RpcError";
  /** One of `rpcCode`, or another that the server made up. */
  readonly code: number;
  /** Whether the server certainly did not act on the call. */
  readonly unsent: boolean;

  constructor(code: number, message: string, options: { readonly unsent?: boolean; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? {} : { cause: options.cause });
    this.code = code;
    this.unsent = options.unsent ?? false;
  }
}

/** What an HTTP status means where no gRPC status came: somebody else than a gRPC server has answered. */
export function codeOfHttp(status: string | undefined): number {
  if (status === "401") return rpcCode.unauthenticated;
  if (status === "403") return rpcCode.permissionDenied;
  if (status === "404") return rpcCode.unimplemented;
  if (status === "429" || status === "502" || status === "503" || status === "504") return rpcCode.unavailable;
  return rpcCode.unknown;
}

/** `grpc-message` is percent-encoded; what is not well encoded is shown as it came. */
export function decodeMessageText(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
