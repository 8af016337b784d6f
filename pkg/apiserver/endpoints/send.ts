/** Sends a complete answer, compressed when it is large and the client can read that. */
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import type { Exchange } from "../http/exchange.ts";

const gzip = promisify(gzipCallback);

/** Upstream compresses from here on, bytes. */
export const gzipBytesMin = 128 * 1024;
export const gzipLevel = 1;

export const acceptsGzip = (exchange: Exchange): boolean =>
  /(^|,)\s*gzip\s*(;q=(?!0(\.0*)?\s*(,|$))[^,]*)?\s*(,|$)/.test(exchange.header("accept-encoding") ?? "");

export function sendBytes(context: RequestContext, status: number, contentType: string, body: Buffer): void {
  const headers = responseHeaders(context, contentType);
  if (body.length < gzipBytesMin || !acceptsGzip(context.exchange)) {
    context.exchange.send(status, headers, body);
    return;
  }
  headers["content-encoding"] = "gzip";
  headers["vary"] = "Accept-Encoding";
  gzip(body, { level: gzipLevel }).then(
    (packed) => context.exchange.send(status, headers, packed),
    () => context.exchange.destroy(),
  );
}

export function sendJson(context: RequestContext, status: number, value: unknown): void {
  sendBytes(context, status, "application/json", Buffer.from(JSON.stringify(value)));
}

/** Errors are JSON in any negotiation: every client reads them by their own content type. */
export function sendError(
  context: Pick<RequestContext, "exchange" | "auditId" | "warnings">,
  error: StatusError,
): void {
  const headers = responseHeaders(context as RequestContext, "application/json");
  const seconds = error.details?.retryAfterSeconds;
  if (seconds !== undefined && seconds > 0) headers["retry-after"] = String(seconds);
  context.exchange.send(error.code, headers, Buffer.from(`${JSON.stringify(error.toStatus())}\n`));
}
