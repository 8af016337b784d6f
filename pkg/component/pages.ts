/** The pages every component serves beside its work: health checks and metrics. */
import { createServer as createHttpServer, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import express from "express";
import type { Registry } from "prom-client";

/** Throws (or rejects) when the component is not well. */
export type HealthCheck = () => void | Promise<void>;

export interface PagesOptions {
  readonly bindAddress: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Without it the pages are plain HTTP. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly registry: Registry;
  readonly checks?: Readonly<Record<string, HealthCheck>>;
  /** By path; of two for one path these count. */
  readonly pages?: Readonly<Record<string, express.RequestHandler>>;
}

export interface Pages extends AsyncDisposable {
  readonly port: number;
}

export async function servePages(options: PagesOptions): Promise<Pages> {
  const app = buildPages(options);
  const server: Server = options.tls ? createHttpsServer(options.tls, app) : createHttpServer(app);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.bindAddress, resolve);
  await promise;
  const address = server.address();
  return {
    port: typeof address === "object" && address ? address.port : options.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    },
  };
}

function buildPages({ registry, checks = {}, pages = {} }: PagesOptions): express.Express {
  const app = express();
  app.disable("x-powered-by");
  for (const [path, page] of Object.entries(pages)) app.get(path, page);
  const health: express.RequestHandler = async (request, response) => {
    const failures = await failuresOf(checks);
    const verbose = request.query["verbose"] !== undefined;
    const lines = Object.keys(checks).map((name) =>
      failures.has(name) ? `[-]${name} failed: ${failures.get(name)}` : `[+]${name} ok`,
    );
    response.status(failures.size > 0 ? 500 : 200).type("text/plain");
    response.send(
      failures.size > 0 || verbose
        ? `${lines.join("\n")}\n${failures.size > 0 ? "healthz check failed" : "healthz check passed"}\n`
        : "ok",
    );
  };
  for (const path of ["/healthz", "/livez", "/readyz"]) app.get(path, health);
  app.get("/metrics", async (_, response) => {
    response.type(registry.contentType).send(await registry.metrics());
  });
  return app;
}

async function failuresOf(checks: Readonly<Record<string, HealthCheck>>): Promise<Map<string, string>> {
  const failures = new Map<string, string>();
  await Promise.all(
    Object.entries(checks).map(async ([name, check]) => {
      try {
        await check();
      } catch (error) {
        failures.set(name, error instanceof Error ? error.message : String(error));
      }
    }),
  );
  return failures;
}
