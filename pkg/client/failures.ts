/** How what goes wrong on the wire becomes a StatusError. */
import type { IncomingHttpHeaders } from "node:http2";
import type { Status } from "#api/types/meta/v1";
import { StatusError, type StatusReason } from "#pkg/apimachinery/status-error.ts";

const reasonOfCode: Readonly<Record<number, StatusReason>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Gone",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};
const textBytesMax = 2048;

/** The error of an answer with a code outside 200-299. A `Status` body speaks for itself; any other body becomes its text. */
export function errorOfReply(code: number, headers: IncomingHttpHeaders, body: Buffer): StatusError {
  const status = statusIn(headers, body);
  const error = status ? StatusError.fromStatus({ code, ...status }) : undefined;
  if (error) return error;
  const text = body.toString("utf8", 0, textBytesMax).trim();
  const seconds = retryAfterSeconds(headers);
  return new StatusError(reasonOfCode[code] ?? "Unknown", text || `the server answered with code ${code}`, {
    code,
    ...(seconds === undefined ? {} : { details: { retryAfterSeconds: seconds } }),
  });
}

function statusIn(headers: IncomingHttpHeaders, body: Buffer): Status | undefined {
  if (!headers["content-type"]?.startsWith("application/json")) return undefined;
  try {
    const parsed = JSON.parse(body.toString()) as { kind?: string } & Status;
    return parsed.kind === "Status" ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** Whole seconds of a Retry-After header; dates are not used by API servers and count as absent. */
export function retryAfterSeconds(headers: IncomingHttpHeaders): number | undefined {
  const text = headers["retry-after"];
  return text !== undefined && /^\d{1,6}$/.test(text) ? Number(text) : undefined;
}

/** The connection failed before a complete answer came. */
export function unavailable(server: string, cause: unknown): StatusError {
  if (cause instanceof StatusError) return cause;
  const why = cause instanceof Error ? cause.message || (cause as { code?: string }).code : String(cause);
  return new StatusError("ServiceUnavailable", `the connection to the server ${server} failed: ${why}`, { cause });
}

export function timedOut(method: string, path: string, timeoutMs: number): StatusError {
  return new StatusError("Timeout", `${method} ${path} got no complete answer within ${timeoutMs} ms`);
}

const reasonsOf = (error: unknown): StatusReason | undefined =>
  error instanceof StatusError ? error.reason : undefined;

export const isNotFound = (error: unknown): boolean => reasonsOf(error) === "NotFound";
export const isAlreadyExists = (error: unknown): boolean => reasonsOf(error) === "AlreadyExists";
export const isConflict = (error: unknown): boolean => reasonsOf(error) === "Conflict";
export const isForbidden = (error: unknown): boolean => reasonsOf(error) === "Forbidden";
/** The resourceVersion that a watch or list asked for is no longer kept. */
export const isExpired = (error: unknown): boolean => error instanceof StatusError && error.code === 410;
/** A create that was refused because its namespace goes away: nobody needs to try again. */
export const isNamespaceTerminating = (error: unknown): boolean =>
  error instanceof StatusError &&
  error.reason === "Forbidden" &&
  (error.details?.causes ?? []).some((cause) => cause.reason === "NamespaceTerminating");
