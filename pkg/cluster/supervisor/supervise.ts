/**
 * The supervisor: a small process that keeps every other one of the cluster running. Its death changes nothing for them;
 * they start it again (watchdog.ts) and it adopts them by their pid files.
 */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setInterval } from "node:timers/promises";
import { createLogger } from "#pkg/apimachinery/log.ts";
import type { ClusterConfig } from "../config.ts";
import { startRegistry } from "../images/registry.ts";
import { imagesDir, lockName, logFile, pidFile, stoppingFile } from "../layout.ts";
import { nodeIndexes, registryHostFor } from "../node/places.ts";
import { writePidFile } from "../process-table.ts";
import { keepRunning } from "./child.ts";
import { planChildren, thisProgram } from "./children.ts";
import { tryLock } from "./lock.ts";
import { rotateLogs } from "./rotate.ts";

const rotateEveryMs = 30_000;

async function rotateForever(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  const logger = createLogger("supervisor");
  try {
    for await (const _ of setInterval(rotateEveryMs, undefined, { signal })) {
      const rotated = await rotateLogs(dirname(logFile(config, "supervisor"))).catch((error: unknown) => {
        logger.warn({ err: error }, "could not rotate logs");
        return [];
      });
      if (rotated.length > 0) logger.info({ rotated }, "rotated logs");
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

async function serveImages(config: ClusterConfig, host: string, signal: AbortSignal): Promise<void> {
  const logger = createLogger("registry");
  try {
    const server = await startRegistry(imagesDir(config), { host, port: config.registryPort });
    signal.addEventListener("abort", () => server.close(), { once: true });
  } catch (error) {
    // The images are imported as well: only pods that insist on pulling them suffer.
    logger.error({ err: error }, "could not serve the built-in images");
  }
}

/** Returns when `signal` aborts, or at once when another supervisor is there already or the cluster is being stopped. */
export async function supervise(config: ClusterConfig, signal: AbortSignal): Promise<void> {
  const logger = createLogger("supervisor");
  const lock = await tryLock(lockName(config, "supervisor"));
  if (!lock || existsSync(stoppingFile(config))) {
    lock?.close();
    return;
  }
  try {
    await writePidFile(pidFile(config, "supervisor"), process.pid);
    logger.info({ pid: process.pid, boot: (await readFile("/proc/uptime", "utf8")).split(" ")[0] }, "started");
    const options = { runDir: config.runDir, logger, signal };
    const children = planChildren(config, thisProgram()).map((spec) => keepRunning(spec, options));
    const hosts = new Set(nodeIndexes(config).map(registryHostFor));
    const images = [...hosts].map((host) => serveImages(config, host, signal));
    await Promise.all([...children, ...images, rotateForever(config, signal)]);
  } finally {
    lock.close();
  }
}
