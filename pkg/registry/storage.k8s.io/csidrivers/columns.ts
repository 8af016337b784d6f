import type { CSIDriver } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";

export const csiDriverCells: Cells<CSIDriver> = (driver, now) => {
  const { spec } = driver;
  return [
    nameOf(driver),
    spec.attachRequired ?? true,
    spec.podInfoOnMount ?? false,
    spec.storageCapacity ?? false,
    spec.tokenRequests ? spec.tokenRequests.map((t) => t.audience).join(",") : "<unset>",
    spec.requiresRepublish ?? false,
    orNone((spec.volumeLifecycleModes ?? []).join(",")),
    age(driver, now),
  ];
};
