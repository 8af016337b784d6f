import type { DeviceClass } from "#api/types/resource.k8s.io/v1";
import { subdomainErrors } from "../../shared/names.ts";
import type { Strategy } from "../../strategy.ts";
import { validateClassUpdate, validateNewClass } from "./validate.ts";

/** The name is of a feature that is off by default in this version: upstream drops it without a word. */
const dropDisabled = ({ spec }: DeviceClass): void => {
  if (spec) delete spec.extendedResourceName;
};

/** Upstream counts bytes in the text here, and characters in that of other kinds. */
const nameErrors = (name: string, prefix: boolean): string[] =>
  subdomainErrors(name, prefix).map((text) => text.replace(/ characters$/, " bytes"));

export const deviceclasses: Strategy<DeviceClass> = {
  hasGeneration: true,
  validateName: nameErrors,
  prepareForCreate: dropDisabled,
  prepareForUpdate: dropDisabled,
  validateCreate: validateNewClass,
  validateUpdate: validateClassUpdate,
};
