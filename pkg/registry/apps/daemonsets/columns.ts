import type { DaemonSet } from "#api/types/apps/v1";
import { age, type Cells, containerCells, labelsCell, nameOf, selectorCell } from "#pkg/apimachinery/table/cells.ts";

export const daemonSetCells: Cells<DaemonSet> = (set, now) => [
  nameOf(set),
  set.status?.desiredNumberScheduled ?? 0,
  set.status?.currentNumberScheduled ?? 0,
  set.status?.numberReady ?? 0,
  set.status?.updatedNumberScheduled ?? 0,
  set.status?.numberAvailable ?? 0,
  labelsCell(set.spec?.template.spec?.nodeSelector),
  age(set, now),
  ...containerCells(set.spec?.template.spec?.containers),
  selectorCell(set.spec?.selector),
];
