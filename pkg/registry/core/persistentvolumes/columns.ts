import type { PersistentVolume } from "#api/types/core/v1";
import { accessModesCell, age, type Cells, nameOf, storageClassCell } from "#pkg/apimachinery/table/cells.ts";

export const persistentVolumeCells: Cells<PersistentVolume> = (volume, now) => {
  const { spec, status } = volume;
  return [
    nameOf(volume),
    spec?.capacity?.["storage"] ?? "0",
    accessModesCell(spec?.accessModes),
    spec?.persistentVolumeReclaimPolicy ?? "",
    volume.metadata.deletionTimestamp ? "Terminating" : (status?.phase ?? ""),
    spec?.claimRef ? `${spec.claimRef.namespace ?? ""}/${spec.claimRef.name ?? ""}` : "",
    storageClassCell(volume, spec?.storageClassName),
    spec?.volumeAttributesClassName ?? "<unset>",
    status?.reason ?? "",
    age(volume, now),
    spec?.volumeMode ?? "<unset>",
  ];
};
