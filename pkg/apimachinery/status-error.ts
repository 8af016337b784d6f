/**
 * The one error type of the API: carries a metav1.Status, so that the server can send it and clients can read it.
 * Texts are upstream's, because kubectl and client-go parse them.
 */
import type { Status, StatusDetails } from "#api/types/meta/v1";
import type { FieldError } from "./validation/field-error.ts";

export type StatusReason =
  | "Unknown"
  | "Unauthorized"
  | "Forbidden"
  | "NotFound"
  | "AlreadyExists"
  | "Conflict"
  | "Gone"
  | "Invalid"
  | "ServerTimeout"
  | "Timeout"
  | "TooManyRequests"
  | "BadRequest"
  | "MethodNotAllowed"
  | "NotAcceptable"
  | "RequestEntityTooLarge"
  | "UnsupportedMediaType"
  | "InternalError"
  | "Expired"
  | "ServiceUnavailable";

const codes: Record<StatusReason, number> = {
  Unknown: 500,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Invalid: 422,
  ServerTimeout: 500,
  Timeout: 504,
  TooManyRequests: 429,
  BadRequest: 400,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  InternalError: 500,
  Expired: 410,
  ServiceUnavailable: 503,
};

export interface StatusErrorOptions {
  readonly details?: StatusDetails;
  /** HTTP code, where it is not the reason's own. */
  readonly code?: number;
  readonly cause?: unknown;
}

/** `pods` or `deployments.apps`: how messages name a resource. */
export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

export const printGroupResource = ({ group, resource }: GroupResource): string =>
  group === "" ? resource : `${resource}.${group}`;

export class StatusError extends Error {
  override readonly name = "StatusError";
  readonly reason: StatusReason;
  readonly code: number;
  readonly details: StatusDetails | undefined;

  constructor(reason: StatusReason, message: string, options: StatusErrorOptions = {}) {
    super(message, { cause: options.cause });
    this.reason = reason;
    this.code = options.code ?? codes[reason];
    this.details = options.details;
  }

  /** Wraps whatever was thrown; a StatusError stays itself, anything else becomes an InternalError. */
  static from(error: unknown): StatusError {
    if (error instanceof StatusError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new StatusError("InternalError", `Internal error occurred: ${message}`, {
      cause: error,
      details: { causes: [{ message }] },
    });
  }

  /** The error that a `Status` body stands for. */
  static fromStatus(status: Status): StatusError {
    const reason = status.reason !== undefined && status.reason in codes ? (status.reason as StatusReason) : "Unknown";
    return new StatusError(reason, status.message ?? "unknown error", {
      ...(status.code === undefined ? {} : { code: status.code }),
      ...(status.details === undefined ? {} : { details: status.details }),
    });
  }

  toStatus(): Status & { kind: "Status"; apiVersion: "v1" } {
    const { reason, code, message, details } = this;
    return {
      kind: "Status",
      apiVersion: "v1",
      metadata: {},
      status: "Failure",
      message,
      ...(reason === "Unknown" ? {} : { reason }),
      ...(details ? { details } : {}),
      code,
    };
  }
}

const detailsOf = ({ group, resource }: GroupResource, name: string): StatusDetails => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  kind: resource,
});

export const notFound = (of: GroupResource, name: string): StatusError =>
  new StatusError("NotFound", `${printGroupResource(of)} ${JSON.stringify(name)} not found`, {
    details: detailsOf(of, name),
  });

export const alreadyExists = (of: GroupResource, name: string): StatusError =>
  new StatusError("AlreadyExists", `${printGroupResource(of)} ${JSON.stringify(name)} already exists`, {
    details: detailsOf(of, name),
  });

export const conflict = (of: GroupResource, name: string, why: string): StatusError =>
  new StatusError(
    "Conflict",
    `Operation cannot be fulfilled on ${printGroupResource(of)} ${JSON.stringify(name)}: ${why}`,
    {
      details: detailsOf(of, name),
    },
  );

/** The text of an update with a stale resourceVersion; client-go's RetryOnConflict and people look for it. */
export const objectModified =
  "the object has been modified; please apply your changes to the latest version and try again";

export const forbiddenRequest = (of: GroupResource, name: string, why: string): StatusError =>
  new StatusError(
    "Forbidden",
    name
      ? `${printGroupResource(of)} ${JSON.stringify(name)} is forbidden: ${why}`
      : `${printGroupResource(of)} is forbidden: ${why}`,
    { details: detailsOf(of, name) },
  );

export const badRequest = (message: string): StatusError => new StatusError("BadRequest", message);

export const expired = (message: string): StatusError => new StatusError("Expired", message);

export const unauthorized = (): StatusError => new StatusError("Unauthorized", "Unauthorized");

/** 422 with one cause per field error; the message says the same thing only once. */
export function invalidObject(
  of: { group: string; kind: string },
  name: string,
  errors: readonly FieldError[],
): StatusError {
  const lines = [...new Set(errors.map((e) => `${e.field}: ${e.detail}`))];
  const text = lines.length === 1 ? lines[0] : `[${lines.join(", ")}]`;
  return new StatusError(
    "Invalid",
    `${of.kind}${of.group ? `.${of.group}` : ""} ${JSON.stringify(name)} is invalid: ${text}`,
    {
      details: {
        ...(name ? { name } : {}),
        ...(of.group ? { group: of.group } : {}),
        ...(of.kind ? { kind: of.kind } : {}),
        causes: errors.map((e) => ({ reason: e.reason, message: e.detail, field: e.field })),
      },
    },
  );
}
