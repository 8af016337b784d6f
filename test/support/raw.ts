/** Requests as a client without a library sends and sees them. */
import https from "node:https";
import type { TestApiServer } from "./apiserver.ts";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly text: string;
}

export interface RawRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: object;
  readonly signal?: AbortSignal;
}

/** As the administrator. */
export function ask(
  server: Pick<TestApiServer, "url" | "connection">,
  path: string,
  request: RawRequest = {},
): Promise<RawAnswer> {
  const { ca, cert, key } = server.connection("admin");
  const { method = "GET", headers = {}, body, signal } = request;
  const { promise, resolve, reject } = Promise.withResolvers<RawAnswer>();
  const common = { method, ca, cert, key, headers: { "content-type": "application/json", ...headers } };
  const options = signal ? { ...common, signal } : common;
  const sent = https.request(`${server.url}${path}`, options, (response) => {
    let text = "";
    response.on("data", (part: Buffer) => {
      text += part;
    });
    response.on("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
  });
  sent.on("error", reject);
  sent.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}
