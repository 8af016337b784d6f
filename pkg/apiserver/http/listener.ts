/** One TLS port for HTTP/2 and HTTP/1.1 (ALPN). */
import http from "node:http";
import type { AddressInfo } from "node:net";
import tls, { type TLSSocket } from "node:tls";
import { ServerConnection } from "#pkg/http2/server/index.ts";
import type { Exchange } from "./exchange.ts";
import { H1Exchange } from "./h1-exchange.ts";
import { H2Exchange } from "./h2-exchange.ts";

export interface ListenerOptions {
  readonly host: string;
  readonly port: number;
  /** Other processes may listen there too (SO_REUSEPORT): the kernel spreads the connections. */
  readonly sharesPort: boolean;
  readonly tls: { readonly cert: string; readonly key: string; readonly clientCas: readonly string[] };
  readonly handle: (exchange: Exchange) => void;
  /** A connection ended for a fault of ours. */
  readonly onFault: (error: unknown) => void;
}

/** Upstream's bound on concurrent streams of one HTTP/2 connection is 250; ours allows a client's many watches. */
const concurrentStreamsMax = 1000;
const headerBytesMax = 1 << 20;
/** Upstream bounds the bytes of headers only. */
const headerFieldsMax = 2_000;
const handshakeTimeoutMs = 10_000;
const headersTimeoutMs = 32_000;
/** How long open connections may take to finish what they are doing when the server stops. */
const drainMsMax = 1_000;

export interface Listener extends AsyncDisposable {
  readonly address: AddressInfo;
  /** Open connections, for metrics and tests. */
  readonly connections: number;
}

export async function listen(options: ListenerOptions): Promise<Listener> {
  const connections = new Set<ServerConnection>();
  const sockets = new Set<TLSSocket>();
  const h1 = startHttp1(options.handle);
  const server = tls.createServer(tlsOptions(options), (socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("error", () => socket.destroy());
    socket.once("close", () => sockets.delete(socket));
    if (socket.alpnProtocol === "h2") serveHttp2(socket, connections, options);
    else h1.emit("connection", socket);
  });
  server.on("tlsClientError", (_error, socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.host, port: options.port, backlog: 1024, reusePort: options.sharesPort }, resolve);
  });
  return {
    address: server.address() as AddressInfo,
    get connections() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.drain();
      h1.closeIdleConnections();
      const timer = setTimeout(() => {
        for (const socket of sockets) socket.destroy();
      }, drainMsMax);
      for (const socket of sockets) if (socket.alpnProtocol !== "h2") socket.end();
      await closed;
      clearTimeout(timer);
      h1.close();
    },
  };
}

/** As Go's servers choose: AES with 128 bits is strong enough for decades and costs less with every byte on both sides. */
const firstCipher = "TLS_AES_128_GCM_SHA256";
const ciphers = [firstCipher, ...tls.DEFAULT_CIPHERS.split(":").filter((name) => name !== firstCipher)].join(":");

function tlsOptions({ tls: files }: ListenerOptions): tls.TlsOptions {
  return {
    cert: files.cert,
    key: files.key,
    ...(files.clientCas.length > 0 ? { ca: [...files.clientCas] } : {}),
    allowPartialTrustChain: true,
    requestCert: true,
    // Who may do what is decided by the authenticators, which answer in the API's words.
    rejectUnauthorized: false,
    ALPNProtocols: ["h2", "http/1.1"],
    minVersion: "TLSv1.2",
    ciphers,
    handshakeTimeout: handshakeTimeoutMs,
  };
}

function serveHttp2(socket: TLSSocket, connections: Set<ServerConnection>, { handle, onFault }: ListenerOptions): void {
  const connection = new ServerConnection(socket, {
    limits: { streamsMax: concurrentStreamsMax, bytesMax: headerBytesMax, fieldsMax: headerFieldsMax },
    onRequest: (stream) => handle(new H2Exchange(stream)),
    onClose: () => connections.delete(connection),
    onFault,
  });
  connections.add(connection);
}

function startHttp1(handle: (exchange: Exchange) => void): http.Server {
  const server = http.createServer(
    { maxHeaderSize: headerBytesMax, headersTimeout: headersTimeoutMs, requestTimeout: 0, keepAliveTimeout: 180_000 },
    (request, response) => handle(new H1Exchange(request, response)),
  );
  server.on("upgrade", (request, socket, head) => {
    const response = new http.ServerResponse(request);
    response.assignSocket(socket as TLSSocket);
    // Nobody parses what comes after an upgrade that was refused: an answer ends the connection.
    response.shouldKeepAlive = false;
    response.once("finish", () => socket.end());
    handle(new H1Exchange(request, response, head));
  });
  server.on("clientError", (_error, socket) => {
    if (!socket.writable) socket.destroy();
    else socket.end("HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n400 Bad Request");
  });
  return server;
}
