import type { ConfigMap } from "#api/types/core/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const configMapCells: Cells<ConfigMap> = (map, now) => [
  nameOf(map),
  Object.keys(map.data ?? {}).length + Object.keys(map.binaryData ?? {}).length,
  age(map, now),
];
