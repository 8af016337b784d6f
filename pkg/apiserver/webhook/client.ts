/** Asks webhooks: POSTs JSON over TLS to an address that an API object names, and reads the JSON answer. */
import type { IncomingMessage } from "node:http";
import https from "node:https";
import { isIP } from "node:net";
import type { WebhookClientConfig } from "#api/types/admissionregistration.k8s.io/v1";
import type { Status } from "#api/types/meta/v1";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { CanceledError, DeadlineError, describeNetworkError, errorOfAnswer } from "./go-errors.ts";
import { machineRoots } from "./roots.ts";
import type { ServiceResolver } from "./service-resolver.ts";

/** Upstream keeps the clients of as many configurations. */
const agentsMax = 200;
const idleSocketsMax = 25;
const idleMs = 90_000;
/** An answer carries an object at most, and a patch of it. */
const answerBytesMax = 16 * 1024 * 1024;

export interface WebhookCall {
  /** Who answers: a URL or a Service, with the CA of its certificate. */
  readonly config: WebhookClientConfig;
  readonly body: object;
  readonly timeoutMs: number;
  /** Of the request on whose behalf this is. */
  readonly signal?: AbortSignal;
}

interface Target {
  /** As errors name it. */
  readonly url: string;
  readonly path: string;
  /** Whose certificate must be shown. */
  readonly name: string;
  readonly hostHeader: string;
  readonly host: string;
  readonly port: number;
}

export class WebhookClient implements Disposable {
  readonly #resolve: ServiceResolver;
  /** By CA, newest last: connections are kept between calls. */
  readonly #agents = new Map<string, https.Agent>();

  constructor(resolve: ServiceResolver) {
    this.#resolve = resolve;
  }

  /**
   * The parsed answer. Rejects with an Error in the words of Go's client (`Post "https://…": dial tcp …`), or with a
   * StatusError for an answer that is no success.
   */
  async post(call: WebhookCall): Promise<unknown> {
    const { config, timeoutMs } = call;
    const deadline = AbortSignal.timeout(timeoutMs);
    const signal = call.signal ? AbortSignal.any([call.signal, deadline]) : deadline;
    const url = urlOf(config, timeoutMs);
    try {
      const target = await this.#targetOf(config, url);
      return await this.#send(target, call, signal);
    } catch (error) {
      if (error instanceof AnswerError) throw error.cause;
      const why = deadline.aborted
        ? new DeadlineError()
        : call.signal?.aborted
          ? new CanceledError()
          : (error as Error);
      throw new Error(`Post ${JSON.stringify(url.text)}: ${why.message}`, { cause: why });
    }
  }

  async #targetOf({ service }: WebhookClientConfig, { url, text }: CallUrl): Promise<Target> {
    const name = url.hostname.replace(/^\[|\]$/g, "");
    const port = Number(url.port || 443);
    const common = { url: text, path: `${url.pathname}${url.search}`, name };
    if (!service) return { ...common, hostHeader: url.host, host: name, port };
    const found = await this.#resolve({ namespace: service.namespace, name: service.name, port });
    return { ...common, hostHeader: `${name}:${port}`, ...found };
  }

  async #send(target: Target, { config, body }: WebhookCall, signal: AbortSignal): Promise<unknown> {
    const bytes = Buffer.from(JSON.stringify(body));
    const agent = this.#agentFor(config.caBundle ?? "");
    try {
      return readAnswer(await request(target, agent, { bytes, signal }));
    } catch (error) {
      // The peer closed an idle connection at the moment it was taken up again: it has not seen the request.
      if (!(error instanceof StaleConnectionError)) throw error;
      return readAnswer(await request(target, agent, { bytes, signal }));
    }
  }

  #agentFor(caBundle: string): https.Agent {
    const known = this.#agents.get(caBundle);
    if (known) {
      this.#agents.delete(caBundle);
      this.#agents.set(caBundle, known);
      return known;
    }
    const agent = new https.Agent({
      keepAlive: true,
      maxFreeSockets: idleSocketsMax,
      timeout: idleMs,
      ALPNProtocols: ["http/1.1"],
      ca: caBundle === "" ? machineRoots() : Buffer.from(caBundle, "base64"),
    });
    this.#agents.set(caBundle, agent);
    const [oldest] = this.#agents.keys();
    if (this.#agents.size > agentsMax && oldest !== undefined) {
      // Calls under way keep their sockets; idle ones close by themselves.
      this.#agents.delete(oldest);
    }
    return agent;
  }

  [Symbol.dispose](): void {
    for (const agent of this.#agents.values()) agent.destroy();
    this.#agents.clear();
  }
}

class StaleConnectionError extends Error {}

interface Sending {
  readonly bytes: Buffer;
  readonly signal: AbortSignal;
}

function request(target: Target, agent: https.Agent, { bytes, signal }: Sending): Promise<IncomingMessage> {
  const { host, port, path, name, hostHeader } = target;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const sent = https.request({
    host,
    port,
    path,
    method: "POST",
    agent,
    // An address is no server name; the certificate is then compared with the address itself.
    ...(isIP(name) === 0 ? { servername: name } : {}),
    headers: {
      host: hostHeader,
      accept: "application/json, */*",
      "content-type": "application/json",
      "content-length": bytes.length,
      "user-agent": "kube-apiserver-admission",
    },
    signal,
  });
  sent.on("response", resolve);
  sent.on("error", (error) => {
    const text = describeNetworkError(error, { name, address: join(host, port) });
    const isStale = sent.reusedSocket && (error as { code?: string }).code === "ECONNRESET";
    reject(isStale ? new StaleConnectionError(text) : new Error(text, { cause: error }));
  });
  sent.end(bytes);
  return promise;
}

/** What the peer answered, as against what kept it from answering. */
class AnswerError extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
  }
}

interface CallUrl {
  readonly url: URL;
  readonly text: string;
}

/** Throws an Error for a configuration that names nobody. */
function urlOf({ url, service }: WebhookClientConfig, timeoutMs: number): CallUrl {
  const text = service
    ? `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}/${(service.path ?? "").replace(/^\//, "")}`
    : (url ?? "");
  if (text === "") throw new Error("webhook configuration must have either service or URL");
  if (!URL.canParse(text)) throw new Error(`Unparsable URL: parse ${JSON.stringify(text)}: invalid URL`);
  const parsed = new URL(text);
  parsed.search = `timeout=${Math.ceil(timeoutMs / 1000)}s`;
  // WHATWG leaves out the port that a scheme has anyway; services are always named with theirs.
  const authority = service ? `${parsed.hostname}:${service.port ?? 443}` : parsed.host;
  return { url: parsed, text: `https://${authority}${parsed.pathname}${parsed.search}` };
}

const join = (host: string, port: number): string => (isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`);

async function readAnswer(response: IncomingMessage): Promise<unknown> {
  const body = await readBody(response);
  const code = response.statusCode ?? 0;
  const parsed = parse(body);
  if (code < 200 || code > 206) {
    const isStatus = !(parsed instanceof Error) && (parsed as { kind?: unknown } | null)?.kind === "Status";
    throw new AnswerError(
      isStatus ? StatusError.fromStatus({ code, ...(parsed as Status) }) : errorOfAnswer(code, body),
    );
  }
  if (parsed instanceof Error) {
    throw new AnswerError(new Error(`couldn't get version/kind; json parse error: ${parsed.message}`));
  }
  return parsed;
}

function parse(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    return error as Error;
  }
}

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of response) {
    size += (part as Buffer).length;
    if (size > answerBytesMax) throw new Error("http: response body too large");
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
