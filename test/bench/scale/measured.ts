/** A server under load: the load generator against it, its memory, and its garbage collected on demand. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { oracleBinary } from "../../compare/live/servers.ts";
import type { Target } from "./target.ts";

const run = promisify(execFile);
const loadMsMax = 400_000;
/** For freed pages to go back to the system. */
const settleMs = 3_000;

export type Figures = Readonly<Record<string, number>>;

export type Flags = Readonly<Record<string, string | number | boolean>>;

/** One command of the load generator. Rejects when anything of it failed, was lost or is missing. */
export async function load(
  { name, url, pid, directory, signal }: Target,
  command: string,
  flags: Flags,
): Promise<Figures> {
  const file = (of: string) => `${directory}/${of}`;
  const all: Flags = {
    server: url,
    ca: file("ca.crt"),
    cert: file("admin.crt"),
    key: file("admin.key"),
    pid,
    ...flags,
  };
  const args = Object.entries(all).map(([flag, value]) => `-${flag}=${value}`);
  const found: unknown = await run(oracleBinary("scalebench"), [command, ...args], { timeout: loadMsMax, signal }).then(
    ({ stdout }) => JSON.parse(stdout),
    (error: Error & { stderr?: string }) => {
      signal.throwIfAborted();
      throw new Error(`${name}: ${command}: ${error.stderr || error.message}`);
    },
  );
  return ensureFigures(found, `${name}: ${command}`);
}

function ensureFigures(found: unknown, what: string): Figures {
  const figures = Object.entries(found as object);
  if (figures.length === 0) throw new Error(`${what} found nothing`);
  for (const [figure, value] of figures) {
    if (typeof value !== "number" || !Number.isFinite(value)) throw new Error(`${what}: ${figure} was not measured`);
  }
  return found as Figures;
}

/** VmRSS, 2^20 bytes. */
export async function residentMb(pid: number): Promise<number> {
  const text = await readFile(`/proc/${pid}/status`, "utf8");
  const kilobytes = /VmRSS:\s+(\d+)/.exec(text)?.[1];
  if (kilobytes === undefined) throw new Error(`process ${pid} says nothing of its memory`);
  return Number(kilobytes) / 1024;
}

/** Both servers' heap profiles begin or end with a collection of all garbage: one is asked for, and thrown away. */
const collections = { ours: "/debug/pprof/heap?seconds=0.01", upstream: "/debug/pprof/heap?gc=1" };

/** What is resident when all garbage has been collected. */
export async function residentAfterGcMb(target: Target): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    await ensure(target, 200, { method: "GET", path: collections[target.name] });
    await sleep(settleMs, undefined, { signal: target.signal });
  }
  return await residentMb(target.pid);
}

/** Bounded concurrency; the first failure ends it. */
export async function inParallel<T>(
  items: readonly T[],
  workers: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: workers }, async () => {
      for (const item of left) await work(item);
    }),
  );
}

/** Rejects for any other code. */
export async function ensure(
  target: Target,
  code: number,
  ask: { readonly method: string; readonly path: string; readonly body?: object },
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly body: Buffer; readonly ms: number }> {
  target.signal.throwIfAborted();
  const began = performance.now();
  const { method, path, body } = ask;
  const reply = await target.ask({
    method,
    path,
    headers: body ? { "content-type": "application/json", ...headers } : headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const ms = performance.now() - began;
  if (reply.code !== code) throw new Error(`${method} ${path}: ${reply.code} ${reply.body.toString().slice(0, 300)}`);
  return { body: reply.body, ms };
}
