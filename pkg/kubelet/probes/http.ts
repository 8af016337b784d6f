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
}

/** Rejects with Error in Go's words: that is what people see in Events. */
export function getOnce(
  target: HttpTarget,
  options: { readonly timeoutMs: number; readonly signal?: AbortSignal },
): Promise<HttpAnswer> {
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
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(parts).subarray(0, bodyMax).toString() });
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
