import type { ResourceSlice } from "#api/types/resource.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const resourceSliceCells: Cells<ResourceSlice> = (slice, now) => [
  nameOf(slice),
  slice.spec.nodeName ?? "",
  slice.spec.driver,
  slice.spec.pool.name,
  age(slice, now),
];
