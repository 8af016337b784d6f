/** Calls of the API server as the cluster's administrator: the few that `kubets` itself makes. */
import { readFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterConfig } from "./config.ts";
import { pkiDir } from "./layout.ts";

export interface Answer {
  readonly status: number;
  /** Parsed JSON, or the text where it is none. */
  readonly body: unknown;
}

export interface AdminApi extends Disposable {
  call(method: string, path: string, body?: unknown, contentType?: string): Promise<Answer>;
}

const callMs = 10_000;

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Rejects when the certificates are not there. Every call rejects when the server cannot be reached. */
export async function connectAdmin(config: ClusterConfig, host = "127.0.0.1"): Promise<AdminApi> {
  const pki = pkiDir(config);
  const [ca, cert, key] = await Promise.all(
    ["ca.crt", "admin.crt", "admin.key"].map((name) => readFile(join(pki, name))),
  );
  const agent = new Agent({ keepAlive: true, ...(ca && cert && key ? { ca, cert, key } : {}) });
  return {
    call(method, path, body, contentType = "application/json") {
      const payload = body === undefined ? undefined : Buffer.from(JSON.stringify(body));
      const headers = payload ? { "Content-Type": contentType, "Content-Length": payload.length } : {};
      return new Promise<Answer>((resolve, reject) => {
        const options = { host, port: config.securePort, method, path, headers, agent, timeout: callMs };
        const sent = request(options, (response) => {
          const chunks: Buffer[] = [];
          response.on("data", (chunk: Buffer) => chunks.push(chunk));
          response.on("error", reject);
          response.on("end", () => {
            resolve({ status: response.statusCode ?? 0, body: parsed(Buffer.concat(chunks).toString("utf8")) });
          });
        });
        sent.on("timeout", () => sent.destroy(new Error(`no answer within ${callMs / 1000} s`)));
        sent.on("error", reject);
        sent.end(payload);
      });
    },
    [Symbol.dispose]() {
      agent.destroy();
    },
  };
}

/** True when the API server says that it is ready. Never rejects. */
export async function isReady(api: AdminApi): Promise<boolean> {
  try {
    return (await api.call("GET", "/readyz")).status === 200;
  } catch {
    return false;
  }
}

/** Resolves with true when `probe` does so within `withinMs`; `everyMs` apart. */
export async function until(probe: () => Promise<boolean>, withinMs: number, everyMs = 20): Promise<boolean> {
  const end = performance.now() + withinMs;
  for (;;) {
    if (await probe()) return true;
    if (performance.now() > end) return false;
    await sleep(everyMs);
  }
}
