/** The other half of the mutual watch: every Node child looks after the supervisor. */
import { existsSync } from "node:fs";
import { setInterval } from "node:timers/promises";
import type { Logger } from "#pkg/apimachinery/log.ts";
import type { ClusterConfig } from "../config.ts";
import { stoppingFile } from "../layout.ts";
import { thisProgram } from "./children.ts";
import { relaunchSupervisor, supervisorPid } from "./launch.ts";

const watchEveryMs = 2000;

/** Runs until `signal` aborts. Two children may both start one: the supervisor's lock lets only one stay. */
export async function watchSupervisor(config: ClusterConfig, logger: Logger, signal: AbortSignal): Promise<void> {
  try {
    for await (const _ of setInterval(watchEveryMs, undefined, { signal, ref: false })) {
      if (supervisorPid(config) !== undefined || existsSync(stoppingFile(config))) continue;
      logger.warn("the supervisor was gone and is started again");
      relaunchSupervisor(config, thisProgram());
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
