/** A server under load: the load generator against it, its memory, and its garbage collected on demand. */
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { type LivePair, type LiveServer, oracleBinary } from "../../compare/live/servers.ts";

const run = promisify(execFile);
const loadMsMax = 400_000;
/** For freed pages to go back to the system. */
const settleMs = 3_000;

export type Figures = Readonly<Record<string, number>>;

export type Flags = Readonly<Record<string, string | number | boolean>>;

/** One command of the load generator. Rejects when anything of it failed, was lost or is missing. */
export async function load(
  server: LiveServer,
  { directory }: LivePair,
  command: string,
  flags: Flags,
): Promise<Figures> {
  const file = (name: string) => `${directory}/${name}`;
  const all: Flags = {
    server: server.url,
    ca: file("ca.crt"),
    cert: file("admin.crt"),
    key: file("admin.key"),
    pid: server.pid,
    ...flags,
  };
  const args = Object.entries(all).map(([name, value]) => `-${name}=${value}`);
  const { stdout } = await run(oracleBinary("scalebench"), [command, ...args], { timeout: loadMsMax });
  return JSON.parse(stdout) as Figures;
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
export async function residentAfterGcMb(server: LiveServer): Promise<number> {
  for (let round = 0; round < 2; round += 1) {
    const { code } = await server.ask({ method: "GET", path: collections[server.name] });
    if (code !== 200) throw new Error(`${collections[server.name]}: ${code}`);
    await sleep(settleMs);
  }
  return await residentMb(server.pid);
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
  server: LiveServer,
  code: number,
  ask: { readonly method: string; readonly path: string; readonly body?: object },
  headers: Readonly<Record<string, string>> = {},
): Promise<{ readonly body: Buffer; readonly ms: number }> {
  const began = performance.now();
  const { method, path, body } = ask;
  const reply = await server.ask({
    method,
    path,
    headers: body ? { "content-type": "application/json", ...headers } : headers,
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const ms = performance.now() - began;
  if (reply.code !== code) throw new Error(`${method} ${path}: ${reply.code} ${reply.body.toString().slice(0, 300)}`);
  return { body: reply.body, ms };
}
