/** Expressions in the Common Expression Language, with the libraries of Kubernetes. https://kubernetes.io/docs/reference/using-api/cel/ */
export { type CallCost, CostLimitError, CostMeter } from "./cost.ts";
export { type CostRange, estimateCost, type SizeOf, type SizeRange } from "./cost-estimate.ts";
export { Environment, Program } from "./environment.ts";
export { fromJson, toJson } from "./json-values.ts";
export { quantityValue } from "./library/quantities.ts";
export { semverValue } from "./library/semvers.ts";
export { CompileError, type Issue } from "./source.ts";
export * as celTypes from "./types.ts";
export { compileExpression, type Expression } from "./untyped.ts";
export { CelError, type ListIdentity, ListValue, type MapValue, Optional, type Value } from "./values.ts";
