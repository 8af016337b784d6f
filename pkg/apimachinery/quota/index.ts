/** What objects count for, and what quotas allow: shared by the server, which refuses, and the controller, which counts. */
export * from "./amounts.ts";
export { missingCompute, podUsage } from "./pods.ts";
export { type Counted, concerns, countName, hardOf, resourcesIn, scopesOf, usageOf } from "./usage.ts";
