/** A server of an aggregated API in this process: takes only a front proxy's requests, keeps widgets in memory, echoes upgrades. */
import type { IncomingMessage, ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";
import { issueAuthority, issueLeaf } from "#pkg/pki/index.ts";

export interface ExtensionServer extends AsyncDisposable {
  readonly port: number;
  /** PEM of the authority that signed its certificate, in base64. */
  readonly caBundle: string;
  /** The last request for widgets: who asked, as the proxy said. */
  readonly seen: Record<string, string | string[] | undefined>;
  /** Answers 503 to everything while true. */
  broken: boolean;
}

export const widgetGroup = "widgets.example.com";
const groupVersion = `${widgetGroup}/v1`;

const resources = {
  kind: "APIResourceList",
  apiVersion: "v1",
  groupVersion,
  resources: [
    {
      name: "widgets",
      singularName: "widget",
      namespaced: true,
      kind: "Widget",
      verbs: ["create", "get", "list", "watch"],
      shortNames: ["wg"],
    },
    { name: "widgets/status", singularName: "", namespaced: true, kind: "Widget", verbs: ["get", "update"] },
  ],
};

const openApi = { openapi: "3.0.0", info: { title: "Widgets", version: "v1" }, paths: {} };

/** `clientCa`: PEM of the authority of the front proxy's certificate. `host`: the name of the Service. */
export async function startExtensionServer(clientCa: string, host: string): Promise<ExtensionServer> {
  const now = new Date();
  const authority = await issueAuthority({ path: "ca", commonName: "extension" }, now);
  const leaf = { path: "serving", authority: "ca", commonName: host, organizations: [], usages: ["server"] as const };
  const pair = await issueLeaf({ ...leaf, dnsNames: [host], ipAddresses: [] }, authority, now);
  const widgets: object[] = [];
  const watchers = new Set<ServerResponse>();
  const state = { broken: false, seen: {} as ExtensionServer["seen"] };

  const answer = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const url = new URL(request.url ?? "/", "https://x");
    const json = (status: number, value: object) =>
      void response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(value));
    if (state.broken) return void response.writeHead(503).end();
    if (!(request.socket as TLSSocket).authorized) return json(401, { reason: "no certificate" });
    if (url.pathname === `/apis/${groupVersion}`) return json(200, resources);
    if (url.pathname === "/openapi/v3") {
      const serverRelativeURL = `/openapi/v3/apis/${groupVersion}?hash=1`;
      return json(200, { paths: { [`apis/${groupVersion}`]: { serverRelativeURL } } });
    }
    if (url.pathname === `/openapi/v3/apis/${groupVersion}`) return json(200, openApi);
    if (url.pathname === `/apis/${groupVersion}/elsewhere/x`) {
      return void response.writeHead(302, { location: "https://example.com/" }).end();
    }
    if (url.pathname !== `/apis/${groupVersion}/namespaces/default/widgets`) return json(404, {});
    state.seen = request.headersDistinct;
    if (request.method === "DELETE") {
      widgets.length = 0;
      return json(200, { kind: "Status", options: body === "" ? null : JSON.parse(body) });
    }
    if (request.method === "POST") {
      const widget = JSON.parse(body) as object;
      widgets.push(widget);
      for (const watcher of watchers) watcher.write(`${JSON.stringify({ type: "ADDED", object: widget })}\n`);
      return json(201, widget);
    }
    if (!url.searchParams.has("watch"))
      return json(200, { kind: "WidgetList", apiVersion: groupVersion, items: widgets });
    response.writeHead(200, { "content-type": "application/json" });
    response.flushHeaders();
    watchers.add(response);
    response.once("close", () => watchers.delete(response));
  };

  const options = { cert: pair.certificate, key: pair.key, ca: clientCa, requestCert: true, rejectUnauthorized: false };
  const server = https.createServer(options, (request, response) => {
    const parts: Buffer[] = [];
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => answer(request, response, Buffer.concat(parts).toString()));
  });
  server.on("upgrade", (request, socket) => {
    state.seen = request.headersDistinct;
    const head = ["HTTP/1.1 101 Switching Protocols", "Connection: Upgrade", "Upgrade: echo", "", ""];
    socket.write(head.join("\r\n"));
    socket.pipe(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "localhost", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    caBundle: Buffer.from(authority.certificate).toString("base64"),
    get seen() {
      return state.seen;
    },
    get broken() {
      return state.broken;
    },
    set broken(value) {
      state.broken = value;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
