import type { RuntimeClass } from "#api/types/node.k8s.io/v1";
import { nodeLabelWarning } from "../../shared/node-labels.ts";
import type { Strategy } from "../../strategy.ts";
import { validateRuntimeClass, validateRuntimeClassUpdate } from "./validate.ts";

function oldLabels({ scheduling }: Readonly<RuntimeClass>): string[] {
  const keys = Object.keys(scheduling?.nodeSelector ?? {}).sort();
  return keys.flatMap((key) => (nodeLabelWarning(key) ? [`scheduling.nodeSelector: ${nodeLabelWarning(key)}`] : []));
}

export const runtimeclasses: Strategy<RuntimeClass> = {
  allowCreateOnUpdate: true,
  allowUnconditionalUpdate: false,
  validate: validateRuntimeClass,
  validateUpdate: validateRuntimeClassUpdate,
  warningsOnCreate: oldLabels,
  warningsOnUpdate: oldLabels,
};
