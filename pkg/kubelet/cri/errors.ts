/** Errors of the container runtime, in the words that upstream's clients print. */
import { status as codes } from "@grpc/grpc-js";

const codeNames: readonly string[] = [
  "OK",
  "Canceled",
  "Unknown",
  "InvalidArgument",
  "DeadlineExceeded",
  "NotFound",
  "AlreadyExists",
  "PermissionDenied",
  "ResourceExhausted",
  "FailedPrecondition",
  "Aborted",
  "OutOfRange",
  "Unimplemented",
  "Internal",
  "Unavailable",
  "DataLoss",
  "Unauthenticated",
];

/** A call that the runtime refused. `message` is Go's print of the status, which events and kubectl show. */
export class CriError extends Error {
  override readonly name = "CriError";
  readonly code: number;
  /** The runtime's own words. */
  readonly detail: string;

  constructor(code: number, detail: string, cause?: unknown) {
    super(`rpc error: code = ${codeNames[code] ?? `Code(${code})`} desc = ${detail}`, { cause });
    this.code = code;
    this.detail = detail;
  }

  static from(error: unknown): CriError {
    if (error instanceof CriError) return error;
    const { code, details } = error as { code?: unknown; details?: unknown };
    const text = error instanceof Error ? error.message : String(error);
    return new CriError(
      typeof code === "number" ? code : codes.UNKNOWN,
      typeof details === "string" ? details : text,
      error,
    );
  }
}

export const isNotFound = (error: unknown): boolean => error instanceof CriError && error.code === codes.NOT_FOUND;

export const isUnimplemented = (error: unknown): boolean =>
  error instanceof CriError && error.code === codes.UNIMPLEMENTED;

export const isTimeout = (error: unknown): boolean =>
  error instanceof CriError && error.code === codes.DEADLINE_EXCEEDED;
