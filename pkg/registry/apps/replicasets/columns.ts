import type { ReplicaSet } from "#api/types/apps/v1";
import { age, type Cells, containerCells, nameOf, selectorCell } from "#pkg/apimachinery/table/cells.ts";

export const replicaSetCells: Cells<ReplicaSet> = (set, now) => [
  nameOf(set),
  set.spec?.replicas ?? 0,
  set.status?.replicas ?? 0,
  set.status?.readyReplicas ?? 0,
  age(set, now),
  ...containerCells(set.spec?.template?.spec?.containers),
  selectorCell(set.spec?.selector),
];
