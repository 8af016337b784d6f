/** `kubets supervise`: started by `up`, by a child that misses its supervisor, or by a service manager. */
import { supervise } from "#pkg/cluster/supervisor/supervise.ts";
import { untilSignal } from "#pkg/component/signals.ts";
import { readPlace } from "./place.ts";

/** On SIGTERM the whole cluster stops; on the supervisor's own death nothing else does. */
export async function superviseCommand(args: readonly string[]): Promise<number> {
  const { config } = await readPlace(args);
  const signal = untilSignal("SIGINT", "SIGTERM");
  await supervise(config, signal);
  if (!signal.aborted) return 0;
  const { stopCluster } = await import("#pkg/cluster/down.ts");
  const { consoleProgress } = await import("#pkg/cluster/progress.ts");
  await stopCluster(config, { progress: consoleProgress(), graceSeconds: 2 });
  return 0;
}
