/** Structured logs: JSON lines on standard error, one child logger per component. */
import { type Logger, pino } from "pino";

export type { Logger } from "pino";

let root: Logger | undefined;

/** The root logger is made on first use, so that tests can set the level before. */
function rootLogger(): Logger {
  root ??= pino({ level: process.env["KUBETS_LOG_LEVEL"] ?? "info" }, pino.destination({ dest: 2, sync: false }));
  return root;
}

/** A logger for one component; `KUBETS_LOG_LEVEL` (trace … fatal, silent) sets the level, default info. */
export function createLogger(component: string): Logger {
  return rootLogger().child({ component });
}
