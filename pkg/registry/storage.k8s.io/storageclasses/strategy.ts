import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import { nodeLabelWarning } from "../../shared/node-labels.ts";
import type { Strategy } from "../../strategy.ts";
import { validateStorageClass, validateStorageClassUpdate } from "./validate.ts";

const labelsToWarnOf = ({ allowedTopologies }: Readonly<StorageClass>): string[] =>
  (allowedTopologies ?? []).flatMap(({ matchLabelExpressions }, i) =>
    (matchLabelExpressions ?? []).flatMap(({ key }, j) => {
      const text = nodeLabelWarning(key);
      return text === undefined ? [] : [`allowedTopologies[${i}].matchLabelExpressions[${j}].key: ${text}`];
    }),
  );

export const storageclasses: Strategy<StorageClass> = {
  applyDefaults(storageClass) {
    storageClass.reclaimPolicy ??= "Delete";
    storageClass.volumeBindingMode ??= "Immediate";
  },
  validate: validateStorageClass,
  validateUpdate: validateStorageClassUpdate,
  warningsOnCreate: labelsToWarnOf,
  warningsOnUpdate: labelsToWarnOf,
};
