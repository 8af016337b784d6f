/** Runs the load generator for control planes and believes nothing of what it says that `verdict.ts` does not confirm. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { oracleBinary } from "#test/compare/live/servers.ts";
import type { Side } from "./side.ts";
import { type Load, type Report, wrongIn } from "./verdict.ts";

const run = promisify(execFile);
const outputBytesMax = 64 * 1024 * 1024;
/** Making nodes, a first pod, pods, running them, removing them. */
const phases = 5;

export interface LoadOptions extends Load {
  /** For each phase. */
  readonly limitSeconds: number;
  readonly signal: AbortSignal;
}

/** Throws when the load did not get through, its outcome is wrong, or a process died. */
export async function putLoad(side: Omit<Side, keyof AsyncDisposable>, options: LoadOptions): Promise<Report> {
  const { nodes, groups, replicas, direct, spread, limitSeconds, signal } = options;
  const file = (name: string) => join(side.pkiDir, name);
  const flags = [
    `-server=${side.url}`,
    `-ca=${file("ca.crt")}`,
    `-cert=${file("admin.crt")}`,
    `-key=${file("admin.key")}`,
    `-nodes=${nodes}`,
    `-deployments=${groups}`,
    `-replicas=${replicas}`,
    `-direct=${direct}`,
    `-spread=${spread}`,
    `-limit=${limitSeconds}s`,
    ...[...side.pids].map(([role, pid]) => `-process=${role}=${pid}`),
  ];
  let stdout: string;
  try {
    const limits = { timeout: phases * limitSeconds * 1000, maxBuffer: outputBytesMax, signal };
    ({ stdout } = await run(oracleBinary("ctlbench"), flags, limits));
  } catch (error) {
    signal.throwIfAborted();
    // A process that died explains better why the load did not get through.
    await side.ensureAlive();
    throw new Error(`${side.name}: ${(error as { stderr?: string }).stderr || (error as Error).message}`);
  }
  await side.ensureAlive();
  const report = JSON.parse(stdout) as Report;
  const wrong = wrongIn(report, options, [...side.pids.keys()]);
  if (wrong.length > 0) throw new Error(`${side.name}: ${wrong.join("; ")}`);
  return report;
}
