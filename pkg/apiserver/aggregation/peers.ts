/** Connections to the servers of aggregated APIs, with this server's own certificate. */
import type { IncomingMessage, OutgoingHttpHeaders } from "node:http";
import https from "node:https";
import type { RequestUser } from "#pkg/registry/strategy.ts";
import { describeNetworkError, machineRoots, type ServiceAddress, type ServiceResolver } from "../webhook/index.ts";
import { userHeaders } from "./identity.ts";
import type { RemoteApi } from "./remote-api.ts";

/** Proves that a request comes from this server. PEM. */
export interface ProxyIdentity {
  readonly cert: string;
  readonly key: string;
}

export interface PeerRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: OutgoingHttpHeaders;
  readonly user: RequestUser;
  readonly signal: AbortSignal;
  /** Whoever answers will do: it is only asked whether it lives. */
  readonly anyCertificate?: boolean;
}

export interface PeerAnswer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
}

const idleSocketsMax = 25;
const agentsMax = 200;
const answerBytesMax = 64 * 1024 * 1024;

export class Peers implements Disposable {
  readonly #resolve: ServiceResolver;
  readonly #identity: ProxyIdentity | undefined;
  readonly #agents = new Map<string, https.Agent>();

  constructor(resolve: ServiceResolver, identity: ProxyIdentity | undefined) {
    this.#resolve = resolve;
    this.#identity = identity;
  }

  locate({ service }: RemoteApi): Promise<ServiceAddress> {
    return this.#resolve(service);
  }

  /** How to open a connection for an upgrade. */
  tlsOf(
    api: RemoteApi,
  ): { readonly servername: string; readonly rejectUnauthorized: boolean } & Record<string, unknown> {
    const { namespace, name } = api.service;
    return {
      ...this.#identity,
      servername: `${name}.${namespace}.svc`,
      rejectUnauthorized: !api.insecure,
      ...(api.caBundle === "" ? {} : { ca: Buffer.from(api.caBundle, "base64").toString() }),
    };
  }

  /** A request whose body the caller writes; errors come in Go's words through `describe`. */
  open(api: RemoteApi, { host, port }: ServiceAddress, request: PeerRequest): ReturnType<typeof https.request> {
    const { method, path, headers, user, signal, anyCertificate = false } = request;
    return https.request({
      host,
      port,
      method,
      path,
      signal,
      agent: this.#agentFor(api, anyCertificate),
      servername: `${api.service.name}.${api.service.namespace}.svc`,
      headers: { ...headers, ...Object.fromEntries(userHeaders(user)), host: `${host}:${port}` },
    });
  }

  /** The whole answer. Rejects with an Error in Go's words. */
  async get(api: RemoteApi, place: ServiceAddress, request: Omit<PeerRequest, "method">): Promise<PeerAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    const sent = this.open(api, place, { ...request, method: "GET" });
    sent.on("response", resolve);
    sent.on("error", (error) => reject(new Error(describe(error, api, place), { cause: error })));
    sent.end();
    const response = await promise;
    const parts: Buffer[] = [];
    let size = 0;
    for await (const part of response) {
      size += (part as Buffer).length;
      if (size > answerBytesMax) throw new Error("http: response body too large");
      parts.push(part as Buffer);
    }
    return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) };
  }

  #agentFor(api: RemoteApi, anyCertificate: boolean): https.Agent {
    const insecure = api.insecure || anyCertificate;
    const key = insecure ? "any" : `ca ${api.caBundle}`;
    let agent = this.#agents.get(key);
    if (!agent) {
      agent = new https.Agent({
        keepAlive: true,
        maxFreeSockets: idleSocketsMax,
        ...this.#identity,
        rejectUnauthorized: !insecure,
        ...(insecure ? {} : { ca: api.caBundle === "" ? machineRoots() : Buffer.from(api.caBundle, "base64") }),
      });
      this.#agents.set(key, agent);
      const [oldest] = this.#agents.keys();
      if (this.#agents.size > agentsMax && oldest !== undefined) this.#agents.delete(oldest);
    }
    return agent;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

export const describe = (error: Error, { service }: RemoteApi, { host, port }: ServiceAddress): string =>
  describeNetworkError(error, { name: `${service.name}.${service.namespace}.svc`, address: `${host}:${port}` });
