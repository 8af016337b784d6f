import type { PersistentVolume } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";
import { validateNewVolume, validateVolumeUpdate } from "./validate.ts";
import { volumeWarnings } from "./warnings.ts";

const seconds = (time: Date): string => time.toISOString().replace(/\.\d+Z$/, "Z");

export const persistentvolumes: Strategy<PersistentVolume> = {
  applyDefaults(volume) {
    const { spec } = volume;
    spec.persistentVolumeReclaimPolicy ??= "Retain";
    spec.volumeMode ??= "Filesystem";
    if (spec.hostPath) spec.hostPath.type ??= "";
    if (spec.azureDisk) spec.azureDisk.readOnly ??= false;
    volume.status = { phase: "Pending", ...volume.status };
  },
  prepareForCreate(volume, { now }) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: seconds(now) };
  },
  validateCreate: validateNewVolume,
  validateUpdate: validateVolumeUpdate,
  warningsOnCreate: volumeWarnings,
  warningsOnUpdate: volumeWarnings,
  // A name without its object's, which upstream keeps for old clients.
  fields: { name: ({ metadata }) => metadata.name ?? "" },
  subresources: {
    status: {
      /** Clients may say when a volume changed its phase; otherwise it is now. */
      prepareForUpdate(volume, old, { now }) {
        const [next, before] = [volume.status ?? {}, old.status ?? {}];
        const told = next.lastPhaseTransitionTime;
        if (next.phase === before.phase && told === undefined) {
          if (before.lastPhaseTransitionTime !== undefined) {
            volume.status = { ...next, lastPhaseTransitionTime: before.lastPhaseTransitionTime };
          }
        } else if (next.phase !== before.phase && (told === undefined || told === before.lastPhaseTransitionTime)) {
          volume.status = { ...next, lastPhaseTransitionTime: seconds(now) };
        }
      },
    },
  },
};
