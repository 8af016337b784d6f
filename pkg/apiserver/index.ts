/** The API server: `startApiServer`. */
export { parseFlags } from "./flags.ts";
export { type ApiServerOptions, defaultOptions } from "./options.ts";
export { type ApiServer, startApiServer } from "./server.ts";
