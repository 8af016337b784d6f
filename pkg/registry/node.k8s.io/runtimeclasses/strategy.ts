import type { RuntimeClass } from "#api/types/node.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";
import { validateRuntimeClass, validateRuntimeClassUpdate } from "./validate.ts";

export const runtimeclasses: Strategy<RuntimeClass> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
};
