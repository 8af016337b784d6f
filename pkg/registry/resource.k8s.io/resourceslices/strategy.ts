import type { ResourceSlice } from "#api/types/resource.k8s.io/v1";
import { sameMeaning } from "../../shared/semantic.ts";
import type { Strategy } from "../../strategy.ts";
import { validateNewSlice, validateSliceUpdate } from "./validate.ts";

/** Members of features that are off by default in this version: upstream drops them without a word. */
function dropDisabled({ spec }: ResourceSlice): void {
  if (!spec) return;
  delete spec.sharedCounters;
  delete spec.perDeviceNodeSelection;
  for (const device of spec.devices ?? []) {
    delete device.taints;
    delete device.consumesCounters;
    delete device.nodeName;
    delete device.nodeSelector;
    delete device.allNodes;
    delete device.bindingConditions;
    delete device.bindingFailureConditions;
    delete device.bindsToNode;
    delete device.allowMultipleAllocations;
    for (const capacity of Object.values(device.capacity ?? {})) delete capacity.requestPolicy;
  }
}

function lowerCase({ spec }: Readonly<ResourceSlice>): string[] {
  const driver = spec?.driver ?? "";
  if (driver === driver.toLowerCase()) return [];
  return [`spec.driver: driver names should be lowercase; ${JSON.stringify(driver)} contains uppercase characters`];
}

export const resourceslices: Strategy<ResourceSlice> = {
  hasGeneration: true,
  prepareForCreate: dropDisabled,
  prepareForUpdate(slice, old) {
    // What is dropped counts as a change.
    if (!sameMeaning(slice.spec, old.spec)) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    dropDisabled(slice);
  },
  validateCreate: validateNewSlice,
  validateUpdate: validateSliceUpdate,
  warningsOnCreate: lowerCase,
  warningsOnUpdate: lowerCase,
  fields: {
    "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
    "spec.driver": ({ spec }) => spec.driver ?? "",
  },
  indexed: ["spec.nodeName"],
};
