/** Upstream's API server and ours under the same load, one after the other. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { type LiveServer, oracleBinary, startPair } from "../compare/live/servers.ts";
import { flatten, type Numbers, rowsOf } from "./figures.ts";
import { type Found, inTurn, type Part, type PartOptions } from "./part.ts";
import { released } from "./released.ts";

const run = promisify(execFile);
const outputBytesMax = 16 * 1024 * 1024;
const loadMsMax = 600_000;

export interface ApiLoad {
  /** Holds the certificates. */
  readonly directory: string;
  readonly pods: number;
  readonly signal: AbortSignal;
}

/** Throws when a request was not answered as it must be, or a watcher missed a change. */
export async function putApiLoad(
  { name: server, url, pid }: Pick<LiveServer, "name" | "url" | "pid">,
  { directory, pods, signal }: ApiLoad,
): Promise<Numbers> {
  const file = (name: string) => `${directory}/${name}`;
  const flags = {
    server: url,
    ca: file("ca.crt"),
    cert: file("admin.crt"),
    key: file("admin.key"),
    pid,
    pods,
    workers: 32,
    watchers: 100,
  };
  const args = Object.entries(flags).flatMap(([name, value]) => [`-${name}`, String(value)]);
  const limits = { timeout: loadMsMax, maxBuffer: outputBytesMax, signal };
  const { stdout } = await run(oracleBinary("apibench"), args, limits);
  const { errors, watch_events_lost: lost, first_error: first = "", ...figures } = JSON.parse(stdout);
  if (errors !== 0 || lost !== 0) throw new Error(`${server}: ${errors} wrong answers, ${lost} events lost; ${first}`);
  return Object.fromEntries(flatten(figures));
}

async function measure({ rounds, pods, signal }: PartOptions): Promise<Found[]> {
  const found = { upstream: [] as Numbers[], ours: [] as Numbers[] };
  for (let round = 0; round < rounds; round += 1) {
    signal.throwIfAborted();
    // Fresh servers and stores each round: what one round leaves behind is not the next one's to carry.
    await using pair = await startPair([], released());
    for (const name of inTurn(["upstream", "ours"] as const, round)) {
      console.error(`round ${round + 1} of ${rounds}: API server, ${name}`);
      const numbers = await putApiLoad(pair[name], { directory: pair.directory, pods, signal });
      found[name].push({ "ready after, ms": pair[name].readyMs, ...numbers });
    }
  }
  const about = `${pods.toLocaleString("en")} pods, 32 requests at once, 100 watchers`;
  return [{ title: "API server under load", about, rows: rowsOf(found), rounds: found }];
}

export const apiserver: Part = { name: "apiserver", programs: ["kube-apiserver", "apibench"], measure };
