/** What `kubets` composes: a whole cluster on one machine. */
export { type ClusterConfig, type ComponentName, componentNames, defaults, readConfig } from "./config.ts";
export { removeState, stopCluster } from "./down.ts";
export { runComponents } from "./host.ts";
export { loadImages } from "./images/load.ts";
export { ensureRoot } from "./machine.ts";
export { cleanUserKubeconfig } from "./prepare.ts";
export { consoleProgress, type Progress, UserError } from "./progress.ts";
export { clusterStatus, formatStatus, isHealthy, showLogs } from "./status.ts";
export { supervise } from "./supervisor/supervise.ts";
export { startCluster } from "./up.ts";
