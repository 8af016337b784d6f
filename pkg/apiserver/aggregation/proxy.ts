/** Passes a request on to the server of an aggregated API, in the name of its user. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import { relayUpgrade } from "#pkg/streaming/index.ts";
import type { RequestContext } from "../context.ts";
import { bodyBytesMax } from "../http/body.ts";
import type { Exchange } from "../http/exchange.ts";
import { hopByHop, passResponse } from "../http/relay.ts";
import { sendText } from "../pages/health.ts";
import { ensureUpgrade, runUpgrade } from "../streaming/upgrade.ts";
import type { ServiceAddress } from "../webhook/index.ts";
import { isIdentity, userHeaders } from "./identity.ts";
import { describe, type Peers } from "./peers.ts";
import type { RemoteApi } from "./remote-api.ts";

/** Upstream's bound on discovery, which clients wait for before anything else. */
const discoveryTimeoutMs = 5_000;

export async function proxyToApi(context: RequestContext, api: RemoteApi, peers: Peers): Promise<void> {
  const place = api.available ? await peers.locate(api).catch(() => undefined) : undefined;
  if (!place) {
    context.exchange.discardBody();
    sendText(context, 503, "service unavailable\n");
    return;
  }
  if (context.exchange.upgrade) await upgrade(context, api, { place, peers });
  else await forward(context, api, { place, peers });
}

interface Route {
  readonly place: ServiceAddress;
  readonly peers: Peers;
}

async function upgrade(context: RequestContext, api: RemoteApi, { place, peers }: Route): Promise<void> {
  const { exchange, services, user } = context;
  const client = ensureUpgrade(context);
  const headers = {
    ...requestHeaders(context),
    ...Object.fromEntries(userHeaders(user)),
    host: `${place.host}:${place.port}`,
    connection: "Upgrade",
    upgrade: exchange.header("upgrade") ?? "",
  } as Record<string, string | readonly string[]>;
  const url = new URL(
    `https://${place.host.includes(":") ? `[${place.host}]` : place.host}:${place.port}${exchange.url}`,
  );
  const target = { url, tls: peers.tlsOf(api) };
  await runUpgrade(context, relayUpgrade({ ...client, target, headers, signal: services.stopping }));
}

/** Methods that Node sends no body with unless it knows how long that is. */
const unframed = new Set(["DELETE", "OPTIONS"]);
/** Methods that may be sent again when nobody has seen them. */
const repeatable = new Set(["GET", "HEAD"]);

async function forward(context: RequestContext, api: RemoteApi, route: Route): Promise<void> {
  const { exchange } = context;
  const headers = requestHeaders(context);
  if (!unframed.has(exchange.method) || headers["content-length"] !== undefined) {
    const stale = await send(context, api, { ...route, headers, body: undefined });
    if (stale) await send(context, api, { ...route, headers, body: Buffer.alloc(0) });
    return;
  }
  const body = await exchange.readBody(bodyBytesMax);
  await send(context, api, { ...route, headers: { ...headers, "content-length": body.length }, body });
}

interface Sending extends Route {
  readonly headers: OutgoingHttpHeaders;
  /** Undefined: the client's, as it comes. */
  readonly body: Buffer | undefined;
}

/** True: the connection was stale, nobody has seen the request, and it can be sent again. */
function send(context: RequestContext, api: RemoteApi, { place, peers, headers, body }: Sending): Promise<boolean> {
  const { exchange, services, user, info, auditId } = context;
  const signals = [exchange.signal, services.stopping];
  if (!info.resource) signals.push(AbortSignal.timeout(discoveryTimeoutMs));
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const { method, url: path } = exchange;
  const request = peers.open(api, place, { method, path, headers, user, signal: AbortSignal.any(signals) });
  request.on("response", (response) => {
    if (isRedirect(response)) {
      // It would lead clients past this server, with credentials for it.
      response.resume();
      sendText(context, 502, "the backend attempted to redirect this request, which is not permitted\n");
      resolve(false);
    } else passResponse(exchange, auditId, response, () => resolve(false));
  });
  request.on("error", (error) => {
    const isStale = request.reusedSocket && (error as { code?: string }).code === "ECONNRESET";
    if (isStale && !exchange.responded && repeatable.has(method) && body === undefined) return resolve(true);
    if (exchange.responded) exchange.destroy();
    else sendText(context, 503, `error trying to reach service: ${describe(error, api, place)}\n`);
    resolve(false);
  });
  if (body) request.end(body);
  else exchange.bodyStream().pipe(request);
  return promise;
}

const isRedirect = ({ statusCode = 0, headers }: IncomingMessage): boolean =>
  statusCode >= 300 && statusCode < 400 && statusCode !== 304 && headers.location !== undefined;

function requestHeaders({ exchange, auditId }: RequestContext): OutgoingHttpHeaders {
  const headers: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  for (const [name, value] of exchange.headers()) {
    if (name.startsWith(":") || name === "host" || hopByHop.has(name) || isIdentity(name)) continue;
    headers[name] = [...(headers[name] ?? []), value];
  }
  headers["audit-id"] = [auditId];
  headers["x-forwarded-host"] = [hostOf(exchange)];
  headers["x-forwarded-proto"] = ["https"];
  const from = exchange.socket.remoteAddress;
  if (from) headers["x-forwarded-for"] = [[...(headers["x-forwarded-for"] ?? []), from].join(", ")];
  return headers;
}

const hostOf = (exchange: Exchange): string => exchange.header("host") ?? "";
