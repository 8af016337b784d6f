/** /healthz, /livez and /readyz: all checks or one of them, with `verbose` and `exclude`. */
import { type RequestContext, responseHeaders } from "../context.ts";
import type { HealthMetrics } from "../metrics/health.ts";

/** Rejects with what is wrong. */
export type HealthCheck = () => void | Promise<void>;

export interface HealthChecks {
  readonly live: ReadonlyMap<string, HealthCheck>;
  readonly ready: ReadonlyMap<string, HealthCheck>;
}

export interface HealthPages {
  readonly checks: HealthChecks;
  readonly metrics: HealthMetrics;
}

export async function answerHealth(context: RequestContext, { checks, metrics }: HealthPages): Promise<boolean> {
  const [, root = "", ...rest] = context.info.path.split("/");
  if (root !== "healthz" && root !== "livez" && root !== "readyz") return false;
  const all = root === "readyz" ? checks.ready : checks.live;
  if (rest.length > 0) return answerOne(context, all.get(rest.join("/")));
  const { query } = context.info;
  const excluded = new Set(query.getAll("exclude"));
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of all) {
    if (excluded.delete(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    const ok = await passes(check);
    metrics.observe(root, name, ok);
    failed ||= !ok;
    lines.push(ok ? `[+]${name} ok` : `[-]${name} failed: reason withheld`);
  }
  if (excluded.size > 0)
    lines.push(
      `warn: some health checks cannot be excluded: no matches for ${[...excluded].map((e) => `"${e}"`).join(", ")}`,
    );
  if (failed) sendText(context, 500, `${lines.join("\n")}\n${root} check failed\n`);
  else sendText(context, 200, query.has("verbose") ? `${lines.join("\n")}\n${root} check passed\n` : "ok");
  return true;
}

async function answerOne(context: RequestContext, check: HealthCheck | undefined): Promise<boolean> {
  if (!check) return false;
  if (await passes(check)) sendText(context, 200, "ok");
  else sendText(context, 500, "internal server error: reason withheld\n");
  return true;
}

async function passes(check: HealthCheck): Promise<boolean> {
  try {
    await check();
    return true;
  } catch {
    return false;
  }
}

export function sendText(
  context: RequestContext,
  status: number,
  text: string,
  type = "text/plain; charset=utf-8",
): void {
  context.exchange.send(
    status,
    { ...responseHeaders(context, type), "x-content-type-options": "nosniff" },
    Buffer.from(text),
  );
}
