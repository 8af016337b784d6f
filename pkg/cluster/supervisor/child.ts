/** One child process kept alive: adopted when it already runs, started again when it dies, with a bounded back-off. */
import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "#pkg/apimachinery/log.ts";
import { clusterMark, isOurs, processMark, readPidFile, writePidFile } from "../process-table.ts";

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logFile: string;
  /** All get the same pid: one process may hold several components. The first one is read to adopt. */
  readonly pidFiles: readonly string[];
  /** Awaited before every start; rejects only when `signal` aborts. */
  readonly before?: (signal: AbortSignal) => Promise<void>;
}

/** A child that lived this long starts again at once. */
const healthyAfterMs = 10_000;
const backoffMsMin = 100;
const backoffMsMax = 5000;
const adoptedPollMs = 200;

/** Pure: how long to wait before the next start. */
export function nextBackoffMs(previousMs: number, livedMs: number): number {
  if (livedMs >= healthyAfterMs) return 0;
  return Math.min(backoffMsMax, Math.max(backoffMsMin, previousMs * 2));
}

interface Running {
  readonly pid: number;
  readonly ended: Promise<string>;
}

/** The child lives in its own session, so that it outlives whoever started it. */
function start(spec: ChildSpec, runDir: string): Running {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, "a", 0o640);
  try {
    const child = spawn(spec.command, [...spec.args], {
      cwd: "/",
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...spec.env, [clusterMark]: runDir, [processMark]: spec.name },
    });
    const ended = new Promise<string>((resolve) => {
      child.once("error", (error) => resolve(error.message));
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    return { pid: child.pid ?? 0, ended };
  } finally {
    closeSync(log);
  }
}

async function untilGone(pid: number, runDir: string, name: string): Promise<string> {
  while (isOurs(pid, runDir, name)) await sleep(adoptedPollMs);
  return "it was adopted and is gone";
}

function adopt(spec: ChildSpec, runDir: string): Running | undefined {
  const pid = readPidFile(spec.pidFiles[0] ?? "");
  if (pid === undefined || !isOurs(pid, runDir, spec.name)) return undefined;
  return { pid, ended: untilGone(pid, runDir, spec.name) };
}

export interface KeepOptions {
  readonly runDir: string;
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

/** Returns when `signal` aborts; the child is left running then. Stopping it is the business of whoever aborts. */
export async function keepRunning(spec: ChildSpec, options: KeepOptions): Promise<void> {
  const { runDir, logger, signal } = options;
  const aborted = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
  let backoffMs = 0;
  while (!signal.aborted) {
    const adopted = adopt(spec, runDir);
    if (!adopted) await spec.before?.(signal);
    if (signal.aborted) return;
    const startedAt = performance.now();
    const running = adopted ?? start(spec, runDir);
    await Promise.all(spec.pidFiles.map((path) => writePidFile(path, running.pid)));
    logger.info({ child: spec.name, pid: running.pid }, adopted ? "adopted a running child" : "started a child");
    const reason = await Promise.race([running.ended, aborted]);
    if (signal.aborted) return;
    backoffMs = nextBackoffMs(backoffMs, performance.now() - startedAt);
    logger.warn({ child: spec.name, pid: running.pid, reason, backoffMs }, "a child ended");
    await Promise.race([sleep(backoffMs), aborted]);
  }
}
