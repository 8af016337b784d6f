/** The node agent: runs the pods that the API assigns to its node. */
export { defaultHardThresholds } from "./eviction/thresholds.ts";
export { startKubelet } from "./kubelet.ts";
export type { KubeletOptions } from "./options.ts";
export type { ServerOptions } from "./server/host.ts";
