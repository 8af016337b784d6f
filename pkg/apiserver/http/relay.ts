/** What every proxy of this server does with the answer that it passes on. */
import type { IncomingMessage } from "node:http";
import type { Exchange, Headers } from "./exchange.ts";

/** Headers that concern one connection only. */
export const hopByHop: ReadonlySet<string> = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "http2-settings",
]);

export function passedHeaders(response: IncomingMessage, auditId: string): Headers {
  const headers: Headers = { "audit-id": auditId };
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    if (!values || hopByHop.has(name)) continue;
    headers[name] = values.length === 1 ? (values[0] ?? "") : values;
  }
  return headers;
}

/** Sends an answer on as it comes, no faster than the client reads. `over` is called once at its end. */
export function passResponse(exchange: Exchange, auditId: string, response: IncomingMessage, over: () => void): void {
  passBody(exchange, response, { headers: passedHeaders(response, auditId), over });
}

export interface Passing {
  readonly headers: Headers;
  readonly over: () => void;
}

export function passBody(exchange: Exchange, response: IncomingMessage, { headers, over }: Passing): void {
  const sink = exchange.stream(response.statusCode ?? 502, headers);
  response.on("data", (chunk: Buffer) => {
    if (sink.write(chunk) || sink.closed) return;
    response.pause();
    sink.onDrain(() => response.resume());
  });
  response.once("close", () => {
    if (response.complete) sink.end();
    else exchange.destroy();
    over();
  });
  response.on("error", () => undefined);
}
