import type { StatefulSet } from "#api/types/apps/v1";
import { age, type Cells, containerCells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const statefulSetCells: Cells<StatefulSet> = (set, now) => [
  nameOf(set),
  `${set.status?.readyReplicas ?? 0}/${set.spec?.replicas ?? 0}`,
  age(set, now),
  ...containerCells(set.spec?.template.spec?.containers),
];
