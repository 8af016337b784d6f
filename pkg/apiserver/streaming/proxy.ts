/** The `proxy` subresource: an HTTP reverse proxy to a pod, a service's endpoint or a node's kubelet. */
import http, { type IncomingMessage, type OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { type DialTarget, relayUpgrade } from "#pkg/streaming/index.ts";
import type { ResourceContext } from "../context.ts";
import { admitConnect } from "../endpoints/connect.ts";
import type { Exchange, Headers } from "../http/exchange.ts";
import { hopByHop, passBody, passedHeaders } from "../http/relay.ts";
import { pageBytesMax, rewriteLinks } from "./links.ts";
import { proxyTarget } from "./proxy-target.ts";
import { ensureUpgrade, runUpgrade } from "./upgrade.ts";

/** Who the client is to us is nobody else's business. */
const isPrivate = (name: string): boolean =>
  name.startsWith(":") || name === "host" || name === "authorization" || /^(impersonate|x-remote)-/.test(name);

export async function proxy(context: ResourceContext): Promise<void> {
  const { exchange } = context;
  await admitConnect(context);
  const { path, query, prefix } = proxiedPath(exchange.url, context);
  const { url: origin, ...rest } = await proxyTarget(context);
  if (path === "" && (exchange.method === "GET" || exchange.method === "HEAD")) {
    redirect(context, `${prefix}/${query}`);
    return;
  }
  const target = { ...rest, url: new URL(`${origin.origin}${path === "" ? "/" : path}${query}`) };
  if (exchange.upgrade) await upgrade(context, target);
  else await forward(context, target, prefix);
}

interface ProxiedPath {
  /** As sent, with its escapes; empty when the client asked for the subresource without a slash behind it. */
  readonly path: string;
  /** With its question mark, or empty. */
  readonly query: string;
  /** The subresource's own path. */
  readonly prefix: string;
}

/** Everything behind `…/<name>/proxy`. */
function proxiedPath(url: string, { request }: ResourceContext): ProxiedPath {
  const mark = url.indexOf("?");
  const whole = mark < 0 ? url : url.slice(0, mark);
  const words = whole.split("/");
  // /api/v1/nodes/<name>/proxy, /api/v1/namespaces/<namespace>/pods/<name>/proxy
  const count = request.namespace === "" ? 6 : 8;
  const prefix = words.slice(0, count).join("/");
  return { prefix, path: whole.slice(prefix.length), query: mark < 0 ? "" : url.slice(mark) };
}

/** Relative links of a page work only below a slash. */
function redirect({ exchange, auditId }: ResourceContext, location: string): void {
  exchange.send(301, { "audit-id": auditId, location }, Buffer.alloc(0));
}

function requestHeaders(exchange: Exchange, target: DialTarget): Record<string, string | string[]> {
  const headers = new Map<string, string[]>();
  for (const [name, value] of exchange.headers()) {
    if (hopByHop.has(name) || isPrivate(name)) continue;
    const values = headers.get(name);
    if (values) values.push(value);
    else headers.set(name, [value]);
  }
  headers.set("host", [target.url.host]);
  headers.set("x-forwarded-uri", [target.url.pathname]);
  headers.set("x-forwarded-host", [exchange.header("host") ?? ""]);
  headers.set("x-forwarded-proto", ["https"]);
  const from = exchange.socket.remoteAddress;
  if (from) headers.set("x-forwarded-for", [...(headers.get("x-forwarded-for") ?? []), from]);
  return Object.fromEntries(
    [...headers].map(([name, values]) => [name, values.length === 1 ? (values[0] ?? "") : values]),
  );
}

async function upgrade(context: ResourceContext, target: DialTarget): Promise<void> {
  const { exchange, services } = context;
  const client = ensureUpgrade(context);
  const headers = {
    ...requestHeaders(exchange, target),
    connection: "Upgrade",
    upgrade: exchange.header("upgrade") ?? "",
  };
  await runUpgrade(context, relayUpgrade({ ...client, target, headers, signal: services.stopping }));
}

function forward(context: ResourceContext, target: DialTarget, prefix: string): Promise<void> {
  const { exchange, services } = context;
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const signal = AbortSignal.any([exchange.signal, services.stopping]);
  const options = {
    method: exchange.method,
    headers: requestHeaders(exchange, target) as OutgoingHttpHeaders,
    agent: false as const,
    signal,
  };
  const { url } = target;
  const request =
    url.protocol === "https:" ? https.request(url, { ...options, ...target.tls }) : http.request(url, options);
  request.on("response", (response) => respond(context, response, { target, prefix, over: resolve }));
  request.on("error", (error) => {
    if (exchange.responded || exchange.signal.aborted) resolve();
    else reject(failure(url, error));
  });
  exchange.bodyStream().pipe(request);
  return promise;
}

function failure(url: URL, error: Error): StatusError {
  const message = `error trying to reach service: ${error.message}`;
  return new StatusError("ServiceUnavailable", message, {
    cause: error,
    details: { causes: [{ message: `${url.host}: ${error.message}` }] },
  });
}

interface Answering {
  readonly target: DialTarget;
  readonly prefix: string;
  readonly over: () => void;
}

function respond({ exchange, auditId }: ResourceContext, response: IncomingMessage, answering: Answering): void {
  const headers = passedHeaders(response, auditId);
  if (response.headers.location !== undefined)
    headers["location"] = locationBelow(response.headers.location, answering);
  if (isPage(response)) {
    sendPage(exchange, { response, headers, ...answering });
    return;
  }
  passBody(exchange, response, { headers, over: answering.over });
}

const isPage = ({ headers }: IncomingMessage): boolean =>
  /^text\/html\b/i.test(headers["content-type"] ?? "") &&
  headers["content-encoding"] === undefined &&
  Number(headers["content-length"] ?? 0) <= pageBytesMax;

interface Page extends Answering {
  readonly response: IncomingMessage;
  readonly headers: Headers;
}

/** Holds a page back until it is whole, so that its links can be changed; a longer one goes on as it came. */
function sendPage(exchange: Exchange, { response, headers, target, prefix, over }: Page): void {
  const parts: Buffer[] = [];
  let size = 0;
  const status = response.statusCode ?? 502;
  response.on("error", () => undefined);
  response.on("data", (part: Buffer) => {
    parts.push(part);
    size += part.length;
    if (size > pageBytesMax) response.destroy();
  });
  response.once("close", () => {
    if (response.complete) {
      const html = rewriteLinks(Buffer.concat(parts).toString(), target.url.origin, prefix);
      const body = Buffer.from(html);
      const { "content-length": _, ...rest } = headers;
      exchange.send(status, rest, exchange.method === "HEAD" ? Buffer.alloc(0) : body);
    } else exchange.destroy();
    over();
  });
}

/** A redirect within the target leads through the proxy again. */
function locationBelow(location: string, { target, prefix }: Answering): string {
  const { url } = target;
  const to = URL.canParse(location, url) ? new URL(location, url) : undefined;
  if (!to || to.origin !== url.origin) return location;
  return `${prefix}${to.pathname}${to.search}${to.hash}`;
}
