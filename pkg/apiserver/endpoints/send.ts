/** Sends a complete answer, compressed when it is large and the client can read that. */
import { promisify } from "node:util";
import { gzip as gzipCallback } from "node:zlib";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type RequestContext, responseHeaders } from "../context.ts";
import type { Exchange, Headers } from "../http/exchange.ts";
import { formOfErrors } from "../negotiation/negotiate.ts";
import { encodeAs } from "../negotiation/objects.ts";
import type { Representation } from "../negotiation/representation.ts";

const gzip = promisify(gzipCallback);

/** Upstream compresses from here on, bytes. */
export const gzipBytesMin = 128 * 1024;
export const gzipLevel = 1;

export const acceptsGzip = (exchange: Exchange): boolean =>
  /(^|,)\s*gzip\s*(;q=(?!0(\.0*)?\s*(,|$))[^,]*)?\s*(,|$)/.test(exchange.header("accept-encoding") ?? "");

export function sendBytes(
  context: RequestContext,
  status: number,
  contentType: string,
  body: Buffer,
  more: Headers = {},
): void {
  const headers = { ...responseHeaders(context, contentType), ...more };
  if (body.length < gzipBytesMin || !acceptsGzip(context.exchange)) {
    context.exchange.send(status, headers, body);
    return;
  }
  headers["content-encoding"] = "gzip";
  headers["vary"] ??= "Accept-Encoding";
  gzip(body, { level: gzipLevel }).then(
    (packed) => context.exchange.send(status, headers, packed),
    () => context.exchange.destroy(),
  );
}

export function sendJson(context: RequestContext, status: number, value: unknown): void {
  sendBytes(context, status, "application/json", Buffer.from(JSON.stringify(value)));
}

/** In the format that the client asked for; JSON for people where it asked for none that there is. */
export function sendError(
  context: Pick<RequestContext, "exchange" | "auditId" | "warnings">,
  error: StatusError,
): void {
  const form = formOfErrors(context.exchange.header("accept"));
  const headers = responseHeaders(context as RequestContext, form?.contentType ?? "application/json");
  const seconds = error.details?.retryAfterSeconds;
  if (seconds !== undefined && seconds > 0) headers["retry-after"] = String(seconds);
  const status = error.toStatus();
  const body = form ? encodeStatus(status, form) : Buffer.from(JSON.stringify(status, undefined, 2));
  context.exchange.send(error.code, headers, body);
}

const encodeStatus = (status: object, { format }: Representation): Buffer =>
  format === "json" ? Buffer.from(`${JSON.stringify(status)}\n`) : encodeAs(format, status, "meta/v1.Status");

/** A Status that tells of success: it has the format that was asked for, and no other view. */
export function sendStatus(context: RequestContext, code: number, form: Representation, status: object): void {
  const { contentType } = form;
  sendBytes(
    context,
    code,
    contentType,
    encodeStatus({ kind: "Status", apiVersion: "v1", metadata: {}, ...status }, form),
  );
}
