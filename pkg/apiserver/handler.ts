/** The chain that every request goes through, in order: parse, authenticate, impersonate, limit, authorize, answer. */
import { randomUUID } from "node:crypto";
import { badRequest, StatusError, unauthorized } from "#pkg/apimachinery/status-error.ts";
import { parseDuration } from "#pkg/apimachinery/time/index.ts";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { proxyToApi } from "./aggregation/index.ts";
import type { Authenticator } from "./authn/authenticator.ts";
import type { Attributes } from "./authz/authorizer.ts";
import { denial } from "./authz/denial.ts";
import type { RequestContext, ResourceContext } from "./context.ts";
import { endpointFor } from "./endpoints/dispatch.ts";
import { sendError } from "./endpoints/send.ts";
import { impersonate } from "./filters/impersonation.ts";
import { isLongRunning, type Passage, type RequestLimiter } from "./filters/limiter.ts";
import { TooManyRequestsError } from "./filters/too-many-requests.ts";
import { notFoundPath, notFoundResource, PlainTextError } from "./http/errors.ts";
import type { Exchange, Headers } from "./http/exchange.ts";
import { parseRequestInfo, type RequestInfo } from "./http/request-info.ts";
import type { RequestMetrics } from "./metrics/requests.ts";
import { RouteError } from "./negotiation/negotiate.ts";
import { isBelowBuiltInGroup, isBuiltInGroup } from "./resources/built-in-groups.ts";
import type { ServerServices } from "./services.ts";

export interface HandlerOptions {
  readonly services: ServerServices;
  readonly authenticators: readonly Authenticator[];
  /** Who a request without credentials is; undefined: nobody, 401. */
  readonly anonymous: RequestUser | undefined;
  readonly limiter: RequestLimiter;
  readonly metrics: RequestMetrics;
  readonly requestTimeoutMs: number;
  /** Answers what is not below a group version. False: not found. */
  readonly pages: (context: RequestContext) => boolean | Promise<boolean>;
}

export type Handler = (exchange: Exchange) => void;

export function buildHandler(options: HandlerOptions): Handler {
  return (exchange) => void handle(exchange, options);
}

const bodyless = new Set(["GET", "HEAD"]);

async function handle(exchange: Exchange, options: HandlerOptions): Promise<void> {
  const context: Underway = {
    exchange,
    auditId: auditIdOf(exchange),
    services: options.services,
    warnings: [],
    passage: undefined,
  };
  let timer: NodeJS.Timeout | undefined;
  const started = performance.now();
  let info: RequestInfo | undefined;
  try {
    info = parseRequestInfo(exchange.method, exchange.url);
    const isOpenEnded = isLongRunning(info);
    const timeoutMs = isOpenEnded ? options.requestTimeoutMs : timeoutOf(info, options);
    if (!isOpenEnded) timer = setTimeout(timeOut, timeoutMs, context);
    const user = await identify(exchange, options);
    const leave = options.limiter.enter({ exchange, info, user, timeoutMs, arrivedAt: started });
    context.passage = leave instanceof Promise ? await leave : leave;
    await serve({ ...context, info, user }, options);
  } catch (error) {
    refuse(context, error, info);
  } finally {
    const ended = performance.now();
    context.passage?.leave(ended);
    if (timer) clearTimeout(timer);
    options.metrics.observe(info, exchange, (ended - started) / 1000);
  }
}

interface Underway extends Answerable {
  passage: Passage | undefined;
}

type Answerable = Pick<RequestContext, "exchange" | "auditId" | "warnings" | "services">;

function refuse(context: Answerable, error: unknown, info: RequestInfo | undefined): void {
  // Whoever has gone waits for nothing. The signal is made when it is asked for: refusals, which are many, do not ask.
  if (!(error instanceof StatusError) && context.exchange.signal.aborted && error === context.exchange.signal.reason) {
    return;
  }
  const status = isTooDeep(error) ? badRequest("exceeded max depth") : StatusError.from(error);
  if (status.code >= 500 && !(error instanceof StatusError)) {
    context.services.log.error(
      { err: error, path: info?.path, auditId: context.auditId },
      "a request failed unexpectedly",
    );
  }
  if (status instanceof RouteError) context.warnings.length = 0;
  if (context.exchange.responded) context.exchange.destroy();
  else if (status instanceof PlainTextError) sendPlainText(context, status);
  else sendError(context, status);
}

/** The engine's stack ended: what was sent is nested deeper than anything that walks it can follow. */
const isTooDeep = (error: unknown): boolean => error instanceof RangeError && error.message.includes("call stack");

function sendPlainText({ exchange, auditId }: Answerable, error: PlainTextError): void {
  const headers: Headers = {
    "audit-id": auditId,
    "content-type": "text/plain; charset=utf-8",
    "x-content-type-options": "nosniff",
  };
  if (error instanceof TooManyRequestsError) {
    headers["cache-control"] = "no-cache, private";
    headers["retry-after"] = String(error.retryAfterSeconds);
  }
  exchange.send(error.code, headers, Buffer.from(`${error.text}\n`));
}

function timeOut(context: Underway): void {
  // Clients that neither send nor read on must not keep others out.
  context.passage?.leave(performance.now());
  if (context.exchange.responded) return;
  sendError(
    context,
    new StatusError("Timeout", "Timeout: request did not complete within the allotted timeout", { details: {} }),
  );
}

/** `timeout=10s` may only shorten the server's own bound, ms. Throws StatusError 400. */
function timeoutOf({ query }: RequestInfo, { requestTimeoutMs }: HandlerOptions): number {
  const text = query.get("timeout");
  if (!text) return requestTimeoutMs;
  try {
    const asked = parseDuration(text);
    return asked > 0 ? Math.min(requestTimeoutMs, asked) : requestTimeoutMs;
  } catch (error) {
    throw badRequest(`invalid timeout specified in the request URL - ${(error as Error).message}`);
  }
}

function auditIdOf(exchange: Exchange): string {
  const sent = exchange.header("audit-id");
  return sent && /^[\w-]{1,64}$/.test(sent) ? sent : randomUUID();
}

async function identify(
  exchange: Exchange,
  { authenticators, anonymous, services }: HandlerOptions,
): Promise<RequestUser> {
  for (const authenticator of authenticators) {
    const answer = authenticator.authenticate(exchange);
    const user = answer instanceof Promise ? await answer : answer;
    if (user) return impersonate(exchange, user, services.authorizer);
  }
  if (!anonymous || exchange.header("authorization")?.toLowerCase().startsWith("bearer ")) throw unauthorized();
  return impersonate(exchange, anonymous, services.authorizer);
}

const fieldSelectorOf = ({ query }: RequestInfo): string | undefined => query.get("fieldSelector") ?? undefined;

async function serve(context: RequestContext, options: HandlerOptions): Promise<void> {
  const { info, user, services, exchange } = context;
  const { resource: request } = info;
  const attributes: Attributes = request
    ? { user, verb: request.verb, resource: request, path: info.path, fieldSelector: fieldSelectorOf(info) }
    : { user, verb: info.method.toLowerCase(), resource: undefined, path: info.path };
  const answer = services.authorizer.authorize(attributes);
  const decision = answer instanceof Promise ? await answer : answer;
  if (decision.outcome !== "allow") throw denial(attributes, decision.reason);
  const remote = services.remoteApis.serverOf(info);
  if (remote) {
    await proxyToApi(context, remote, services.remoteApis.peers);
    return;
  }
  if (!request) {
    if (await options.pages(context)) return;
    throw isBelowBuiltInGroup(info.path) ? notFoundResource() : notFoundPath();
  }
  const resource = services.table.lookup(request.group, request.version, request.plural);
  if (!resource) throw isBuiltInGroup(request.group) ? notFoundResource() : notFoundPath();
  const full: ResourceContext = { ...context, request, resource };
  const endpoint = endpointFor(full);
  if (resource.def.deprecation !== undefined) context.warnings.push(resource.def.deprecation);
  if (bodyless.has(exchange.method)) exchange.discardBody();
  await endpoint(full);
}
