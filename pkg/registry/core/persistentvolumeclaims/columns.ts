import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { accessModesCell, age, type Cells, nameOf, storageClassCell } from "#pkg/apimachinery/table/cells.ts";

/** Capacity and modes are those of the bound volume: empty before. */
export const persistentVolumeClaimCells: Cells<PersistentVolumeClaim> = (claim, now) => {
  const volume = claim.spec?.volumeName ?? "";
  return [
    nameOf(claim),
    claim.metadata.deletionTimestamp ? "Terminating" : (claim.status?.phase ?? ""),
    volume,
    volume === "" ? "" : (claim.status?.capacity?.["storage"] ?? "0"),
    volume === "" ? "" : accessModesCell(claim.status?.accessModes),
    storageClassCell(claim, claim.spec?.storageClassName),
    claim.spec?.volumeAttributesClassName ?? "<unset>",
    age(claim, now),
    claim.spec?.volumeMode ?? "<unset>",
  ];
};
