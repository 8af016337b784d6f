/** The kubelet's HTTPS server: logs, sessions, pods and usage, for the API server and for whoever monitors the node. */
import http, { type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { Duplex } from "node:stream";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { UpgradeRefused } from "#pkg/streaming/index.ts";
import { uidOf } from "../pods/pod.ts";
import { Authentication } from "./authenticate.ts";
import { Authorization } from "./authorize.ts";
import { Exits } from "./exits.ts";
import { findPod, HttpError, type ServerHost, type ServerOptions } from "./host.ts";
import { rotateLogs } from "./log-rotation.ts";
import { serveLogs } from "./logs.ts";
import { KubeletMetrics, resourceMetrics } from "./metrics.ts";
import { servingCertificate } from "./serving-certificate.ts";
import { summary, Usage } from "./stats.ts";
import { runningContainer, serveStream } from "./streams.ts";
import { serveSystemLog } from "./system-logs.ts";

export interface KubeletServer extends AsyncDisposable {
  readonly port: number;
  /** The runtime told of a container's end: whoever follows its log is told. */
  exited(id: string): void;
}

/** Without any byte for so long a connection is closed; sessions have bounds of their own. */
const headersTimeoutMs = 30_000;
/** As much as the API server takes. */
const headerBytesMax = 1 << 20;
const drainMs = 500;

interface Parts {
  readonly host: ServerHost;
  readonly authentication: Authentication;
  readonly authorization: Authorization;
  readonly exits: Exits;
  readonly usage: Usage;
  readonly metrics: KubeletMetrics;
  readonly stopping: AbortSignal;
}

interface Call {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly upgrade: { readonly socket: Duplex; readonly head: Buffer } | undefined;
  readonly url: URL;
  /** The path's words, decoded. */
  readonly words: readonly string[];
  readonly signal: AbortSignal;
}

/** Rejects when the port is taken or the certificate is bad. */
export async function startServer(
  host: ServerHost,
  { port, ...options }: ServerOptions & { readonly port: number },
): Promise<KubeletServer> {
  const stop = new AbortController();
  const exits = new Exits();
  const parts: Parts = {
    host,
    exits,
    authentication: new Authentication(host, options),
    authorization: new Authorization(host, options),
    usage: new Usage(host),
    metrics: new KubeletMetrics(host),
    stopping: stop.signal,
  };
  const certificate = options.certificate ?? (await servingCertificate(host));
  const server = https.createServer({
    ...certificate,
    ...(options.clientCa === undefined ? {} : { ca: options.clientCa }),
    requestCert: options.clientCa !== undefined,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    // A command travels in the URL.
    maxHeaderSize: headerBytesMax,
    headersTimeout: headersTimeoutMs,
    requestTimeout: 0,
  });
  const sockets = follow(server, parts);
  await listen(server, port, options.address);
  const rotating = rotateLogs(host, options, stop.signal);
  return {
    port: (server.address() as AddressInfo).port,
    exited: (id) => exits.tell(id),
    async [Symbol.asyncDispose]() {
      stop.abort();
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, drainMs);
      await Promise.all([closed, rotating]);
      clearTimeout(timer);
    },
  };
}

function listen(server: https.Server, port: number, address = "::"): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen({ port, host: address }, () => {
    server.off("error", reject);
    resolve();
  });
  return promise;
}

function follow(server: https.Server, parts: Parts): Set<Socket> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  server.on("clientError", (_error, socket) => socket.destroy());
  server.on("request", (request, response) => void handle(parts, { request, response, upgrade: undefined }));
  server.on("upgrade", (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const response = new http.ServerResponse(request);
    response.assignSocket(socket as Socket);
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    void handle(parts, { request, response, upgrade: { socket, head } });
  });
  return sockets;
}

async function handle(parts: Parts, raw: Pick<Call, "request" | "response" | "upgrade">): Promise<void> {
  const { request, response } = raw;
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  response.on("error", () => undefined);
  try {
    const url = new URL(request.url ?? "/", "https://kubelet");
    const words = url.pathname.split("/").slice(1).map(decodeURIComponent);
    const user = await parts.authentication.identify(request);
    await parts.authorization.ensure(user, request.method ?? "GET", url.pathname);
    const signal = AbortSignal.any([gone.signal, parts.stopping]);
    await route(parts, { ...raw, url, words, signal });
  } catch (error) {
    refuse(parts, response, error);
  }
}

function refuse({ host }: Parts, response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof UpgradeRefused) {
    send(response, error.status, error.body, error.headers["content-type"]);
    return;
  }
  const known = error instanceof HttpError ? error.status : error instanceof StatusError ? error.code : undefined;
  if (known === undefined) host.log.warn({ err: error }, "a request of the kubelet's server failed");
  const status = error instanceof URIError ? 400 : (known ?? 500);
  send(response, status, error instanceof Error ? error.message : String(error));
}

function send(
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  type = "text/plain; charset=utf-8",
): void {
  response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
  response.end(body);
}

const json = (response: ServerResponse, value: unknown): void =>
  send(response, 200, JSON.stringify(value), "application/json");

const streamKinds = new Set(["exec", "attach", "portForward"]);

async function route(parts: Parts, call: Call): Promise<void> {
  const { host, exits, metrics } = parts;
  const { request, response, url, words, upgrade, signal } = call;
  const [first = "", ...path] = words;
  const method = request.method ?? "GET";
  metrics.count(method, known.has(first) ? first : "other", first === "containerLogs" || streamKinds.has(first));
  if (first === "exec" || first === "attach" || first === "portForward") {
    ensureMethod(method, ["GET", "POST"]);
    // The session's end is its sockets': the response is never used.
    const { searchParams: query } = url;
    await serveStream({ host, kind: first, path, query, request, upgrade, signal: parts.stopping });
    return;
  }
  if (first === "run") {
    ensureMethod(method, ["POST"]);
    await serveRun(host, { path, url, response });
    return;
  }
  ensureMethod(method, ["GET", "HEAD"]);
  if (first === "containerLogs") {
    await serveLogs({ host, exits, path, query: url.searchParams, response, signal });
    return;
  }
  if (first === "logs") {
    await serveSystemLog({ path, response, signal });
    return;
  }
  await servePage(parts, response, words.join("/").replace(/\/$/, ""));
}

const known = new Set([
  ...["exec", "attach", "portForward", "run", "containerLogs", "logs"],
  ...["pods", "healthz", "metrics", "stats", "configz"],
]);

function ensureMethod(method: string, allowed: readonly string[]): void {
  if (!allowed.includes(method)) throw new HttpError(405, "405: Method Not Allowed");
}

async function servePage({ host, usage, metrics }: Parts, response: ServerResponse, page: string): Promise<void> {
  switch (page) {
    case "healthz":
    case "healthz/ping":
    case "healthz/log":
    case "healthz/syncloop":
      return send(response, 200, "ok");
    case "configz":
      response.setHeader("x-content-type-options", "nosniff");
      return json(response, { kubeletconfig: host.configuration });
    case "pods":
      return json(response, podList(host));
    case "stats/summary":
      return json(response, await summary(host, usage));
    case "metrics":
      return send(response, 200, await metrics.registry.metrics(), metrics.registry.contentType);
    case "metrics/resource":
      return send(response, 200, await resourceMetrics(host, usage), metrics.registry.contentType);
    default:
      throw new HttpError(404, "404 page not found");
  }
}

function podList(host: ServerHost): object {
  const items = [...host.pods()].map(({ pod, status }) => ({ ...pod, status: { ...pod.status, ...status } }));
  return { kind: "PodList", apiVersion: "v1", metadata: {}, items };
}

const runSeconds = 120;

/** `/run/<namespace>/<pod>/<container>?cmd=…`: the output of a command, as a JSON string. */
async function serveRun(
  host: ServerHost,
  { path, url, response }: { readonly path: readonly string[]; readonly url: URL; readonly response: ServerResponse },
): Promise<void> {
  const [namespace = "", name = ""] = path;
  const pod = findPod(host, namespace, name)?.pod;
  if (!pod) throw new HttpError(404, "pod does not exist");
  const containerId = await runningContainer(host, { uid: uidOf(pod), name: path.at(-1) ?? "" });
  const cmd = (url.searchParams.get("cmd") ?? "").split(" ");
  const { stdout, stderr, exitCode } = await host.cri.runtime("ExecSync", { containerId, cmd, timeout: runSeconds });
  const output = Buffer.concat([stdout, stderr]).toString();
  if (exitCode !== 0) throw new HttpError(500, `command '${cmd.join(" ")}' exited with ${exitCode}: ${output}`);
  json(response, output);
}
