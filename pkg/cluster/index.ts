/** What `kubets` composes: a whole cluster on one machine. */
export { type ClusterConfig, defaults, readConfig } from "./config.ts";
export { removeState, stopCluster } from "./down.ts";
export { loadImages } from "./images/load.ts";
export { ensureRoot } from "./machine.ts";
export { cleanUserKubeconfig } from "./prepare.ts";
export { consoleProgress, type Progress, UserError } from "./progress.ts";
export { clusterStatus, formatStatus, isHealthy, showLogs } from "./status.ts";
export { startCluster } from "./up.ts";
