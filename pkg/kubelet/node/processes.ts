/** How many tasks the machine runs and may run. */
import { readFile } from "node:fs/promises";

export interface ProcessUsage {
  readonly running: number;
  readonly max: number;
}

/** The kernel has two limits; the smaller one counts. */
const limitFiles = ["/proc/sys/kernel/pid_max", "/proc/sys/kernel/threads-max"];

/** Undefined where the kernel does not tell. */
export async function readProcesses(): Promise<ProcessUsage | undefined> {
  const [load, ...limits] = await Promise.all(
    ["/proc/loadavg", ...limitFiles].map((path) => readFile(path, "utf8").catch(() => "")),
  );
  // 1.36 3.49 4.53 2/3518 3715089: of the fourth word, those that exist.
  const running = Number(/^\S+ \S+ \S+ \d+\/(\d+) /.exec(load ?? "")?.[1] ?? Number.NaN);
  const max = Math.min(...limits.filter((text) => text !== "").map(Number));
  return Number.isFinite(running) && Number.isFinite(max) ? { running, max } : undefined;
}
