/** What is measured: one server at a time, each over a store of its own, so that none carries what another left behind. */
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import {
  type LivePair,
  type LiveServer,
  oracleBinary,
  type Program,
  startAlone,
  upstreamProgram,
} from "../../compare/live/servers.ts";
import { released } from "../released.ts";

export interface Target extends LiveServer, Pick<LivePair, "directory"> {
  /** Aborted when the program is to end, or the time is over. */
  readonly signal: AbortSignal;
}

export type ServerName = LiveServer["name"];

export interface TargetOptions {
  /** The bundle of our server. */
  readonly entry: string;
  readonly signal: AbortSignal;
}

const programOf = (name: ServerName, entry: string): Program => (name === "ours" ? released(entry) : upstreamProgram());

/** Throws with what is missing. */
export function ensurePrograms(names: readonly ServerName[], entry: string): void {
  const servers = names.map((name) => (name === "ours" ? entry : oracleBinary("kube-apiserver")));
  const files = new Set([...servers, oracleBinary("scalebench")]);
  const missing = [...files].filter((file) => !existsSync(file));
  const path = (process.env["PATH"] ?? "").split(delimiter);
  if (!path.some((directory) => existsSync(join(directory, "etcd")))) missing.push("etcd");
  if (missing.length > 0) throw new Error(`${missing.join(", ")} missing: make packages build oracle`);
}

/** Starts it, hands it to `work`, and stops it whatever happens. */
export async function onTarget<T>(
  name: ServerName,
  { entry, signal }: TargetOptions,
  work: (target: Target) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  await using server = await startAlone(name, programOf(name, entry));
  return await work({ ...server, signal });
}
