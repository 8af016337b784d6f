/** Health and metrics of the controller manager over HTTP(S). */
import { createServer as createPlainServer, type Server } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import express from "express";
import type { Registry } from "prom-client";

export interface ServingOptions {
  readonly address: string;
  /** 0: any free port. */
  readonly port: number;
  readonly cert?: string;
  readonly key?: string;
  readonly registry: Registry;
  /** Undefined while healthy, else what is wrong. */
  readonly unhealthy: () => string | undefined;
}

export interface Serving extends AsyncDisposable {
  readonly port: number;
}

export async function serve(options: ServingOptions): Promise<Serving> {
  const app = express().disable("x-powered-by");
  app.get(["/healthz", "/livez", "/readyz"], (_request, response) => {
    const why = options.unhealthy();
    response
      .status(why ? 500 : 200)
      .type("text/plain")
      .send(why ?? "ok");
  });
  app.get("/metrics", async (_request, response) => {
    response.type(options.registry.contentType).send(await options.registry.metrics());
  });
  const { cert, key } = options;
  const server: Server = cert && key ? createServer({ cert, key }, app) : createPlainServer(app);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(options.port, options.address, resolve);
  await promise;
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}
