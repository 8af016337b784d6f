import type { DeviceClass } from "#api/types/resource.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";
import { validateClassUpdate, validateNewClass } from "./validate.ts";

/** The name is of a feature that is off by default in this version: upstream drops it without a word. */
const dropDisabled = ({ spec }: DeviceClass): void => {
  if (spec) delete spec.extendedResourceName;
};

export const deviceclasses: Strategy<DeviceClass> = {
  hasGeneration: true,
  prepareForCreate: dropDisabled,
  prepareForUpdate: dropDisabled,
  validateCreate: validateNewClass,
  validateUpdate: validateClassUpdate,
};
