/** API priority and fairness. */
export { answerFlowControl } from "./debug-pages.ts";
export type { FlowControl } from "./flow-control.ts";
export { type Limiting, startLimiter } from "./start.ts";
