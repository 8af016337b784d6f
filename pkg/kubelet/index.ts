/** The node agent: runs the pods that the API assigns to its node. */
export { type KubeletOptions, startKubelet } from "./kubelet.ts";
export type { ServerOptions } from "./server/host.ts";
