/** One HTTP request of a probe or a lifecycle hook. */
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import type { Container, HTTPGetAction } from "#api/types/core/v1";
import type { AnyContainer } from "../pods/pod.ts";

export interface HttpTarget {
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly secure: boolean;
  readonly headers: Readonly<Record<string, string>>;
}

const userAgent = "kube-probe/1.35";
/** Enough for an event's message. */
const bodyMax = 10 * 1024;

/** The number of a port, or of the container's port with that name. Throws Error when there is none. */
export function portNumber(port: number | string, container: AnyContainer): number {
  const number = typeof port === "number" ? port : (portNamed(container, port) ?? Number(port));
  if (!Number.isInteger(number) || number <= 0 || number > 65_535) throw new Error(`invalid port number: ${port}`);
  return number;
}

const portNamed = (container: AnyContainer, name: string): number | undefined =>
  (container as Container).ports?.find((port) => port.name === name)?.containerPort;

export function httpTarget(action: HTTPGetAction, container: AnyContainer, podIP: string): HttpTarget {
  const port = portNumber(action.port, container);
  const host = action.host || podIP;
  const secure = action.scheme === "HTTPS";
  const path = action.path ?? "/";
  const headers: Record<string, string> = { "User-Agent": userAgent, Accept: "*/*" };
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value;
  const authority = `${host.includes(":") ? `[${host}]` : host}:${port}`;
  const normal = path.startsWith("/") ? path : `/${path}`;
  return { url: `http${secure ? "s" : ""}://${authority}${normal}`, host, port, path: normal, secure, headers };
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  /** Of a redirect. */
  readonly location: string | undefined;
}

export interface GetOptions {
  /** For all requests together. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

const redirects: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
const redirectsMax = 10;

/**
 * Follows redirects as long as they stay on the host; one that leads elsewhere is the answer. Rejects with Error in Go's
 * words: that is what people see in Events.
 */
export async function get(target: HttpTarget, { timeoutMs, ...options }: GetOptions): Promise<HttpAnswer> {
  const until = performance.now() + timeoutMs;
  let next = target;
  for (let asked = 1; ; asked += 1) {
    const answer = await getOnce(next, { ...options, timeoutMs: Math.max(1, until - performance.now()) });
    const to = redirects.has(answer.status) ? localTarget(next, answer.location) : undefined;
    if (!to) return answer;
    if (asked === redirectsMax)
      throw new Error(`Get ${JSON.stringify(to.url)}: stopped after ${redirectsMax} redirects`);
    next = to;
  }
}

/** Undefined: it leads to another host, or nowhere. */
function localTarget(from: HttpTarget, location: string | undefined): HttpTarget | undefined {
  const url = location ? URL.parse(location, from.url) : null;
  if (!url || url.hostname !== new URL(from.url).hostname || !/^https?:$/.test(url.protocol)) return undefined;
  const secure = url.protocol === "https:";
  const port = Number(url.port) || (secure ? 443 : 80);
  return { url: url.href, host: from.host, port, path: `${url.pathname}${url.search}`, secure, headers: from.headers };
}

function getOnce(target: HttpTarget, options: GetOptions): Promise<HttpAnswer> {
  const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>();
  const failed = (text: string): void => reject(new Error(`Get ${JSON.stringify(target.url)}: ${text}`));
  const send = target.secure ? httpsRequest : httpRequest;
  const request = send(
    {
      host: target.host,
      port: target.port,
      path: target.path,
      headers: target.headers,
      agent: false,
      rejectUnauthorized: false,
      ...(options.signal ? { signal: options.signal } : {}),
    },
    (response) => {
      const parts: Buffer[] = [];
      let size = 0;
      response.on("data", (part: Buffer) => {
        if (size < bodyMax) parts.push(part);
        size += part.length;
        if (size >= bodyMax) response.destroy();
      });
      response.on("close", () => {
        clearTimeout(timer);
        const body = Buffer.concat(parts).subarray(0, bodyMax).toString();
        resolve({ status: response.statusCode ?? 0, body, location: response.headers.location });
      });
      response.on("error", () => undefined);
    },
  );
  const timer = setTimeout(() => {
    failed("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
    request.destroy();
  }, options.timeoutMs);
  request.on("error", (error: NodeJS.ErrnoException) => {
    clearTimeout(timer);
    failed(
      error.syscall === "connect" ? dialError(error, target) : error.code === "ECONNRESET" ? "EOF" : error.message,
    );
  });
  request.end();
  return promise;
}

const errnoTexts: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  ECONNRESET: "connection reset by peer",
};

/** `dial tcp 10.0.0.1:80: connect: connection refused`. */
export function dialError(error: NodeJS.ErrnoException, { host, port }: { host: string; port: number }): string {
  const text = errnoTexts[error.code ?? ""] ?? error.message;
  return `dial tcp ${host.includes(":") ? `[${host}]` : host}:${port}: connect: ${text}`;
}
