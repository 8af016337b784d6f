/**
 * Tells load balancers whether this node has endpoints of a Service (`externalTrafficPolicy: Local`): each such Service has a
 * port of its own for the question, `healthCheckNodePort`.
 */
import { createServer, type Server } from "node:http";
import type { Logger } from "#pkg/apimachinery/log.ts";

export interface ServiceCheck {
  readonly namespace: string;
  readonly name: string;
  /** On every address of the node. */
  readonly port: number;
  /** Ready ones of this node. */
  readonly localEndpoints: number;
}

interface Open {
  readonly server: Server;
  check: ServiceCheck;
}

export interface ServiceChecksOptions {
  readonly log: Logger;
  /** Whether the rules of the node are in step. */
  readonly isHealthy: () => boolean;
}

const requestMsMax = 10_000;

export class ServiceChecks implements AsyncDisposable {
  readonly #options: ServiceChecksOptions;
  /** By the Service's key. */
  readonly #open = new Map<string, Open>();

  constructor(options: ServiceChecksOptions) {
    this.#options = options;
  }

  /** Listens for these and no others. A port that is taken is tried again with the next change of the Service's port. */
  follow(checks: ReadonlyMap<string, ServiceCheck>): void {
    for (const [key, { server, check }] of this.#open) {
      if (checks.get(key)?.port === check.port) continue;
      this.#open.delete(key);
      close(server);
    }
    for (const [key, check] of checks) {
      const open = this.#open.get(key);
      if (open) open.check = check;
      else this.#listen(key, check);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const servers = [...this.#open.values()].map(({ server }) => server);
    this.#open.clear();
    await Promise.all(servers.map((server) => new Promise<void>((resolve) => close(server, resolve))));
  }

  #listen(key: string, check: ServiceCheck): void {
    const { log, isHealthy } = this.#options;
    const server = createServer({ requestTimeout: requestMsMax }, (request, response) => {
      request.resume();
      const { namespace, name, localEndpoints } = open.check;
      const serviceProxyHealthy = isHealthy();
      response.writeHead(localEndpoints > 0 && serviceProxyHealthy ? 200 : 503, {
        "content-type": "application/json",
        "x-content-type-options": "nosniff",
        "x-load-balancing-endpoint-weight": String(localEndpoints),
      });
      response.end(
        JSON.stringify({ service: { namespace, name }, localEndpoints, serviceProxyHealthy }, undefined, "\t"),
      );
    });
    const open: Open = { server, check };
    this.#open.set(key, open);
    server.on("error", (err) => log.error({ err, service: key, port: check.port }, "a health check cannot be served"));
    server.listen(check.port);
  }
}

function close(server: Server, done?: () => void): void {
  server.close(() => done?.());
  server.closeAllConnections();
}
