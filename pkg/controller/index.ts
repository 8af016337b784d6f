/** The controller manager: every loop that makes what is into what is wanted. */
export { parseFlags } from "./flags.ts";
export { localPath } from "./local-path/index.ts";
export { startControllerManager } from "./manager.ts";
export type { ControllerManagerOptions } from "./options.ts";
