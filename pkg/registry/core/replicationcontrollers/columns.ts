import type { ReplicationController } from "#api/types/core/v1";
import { age, type Cells, containerCells, labelsCell, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const replicationControllerCells: Cells<ReplicationController> = (controller, now) => [
  nameOf(controller),
  controller.spec?.replicas ?? 0,
  controller.status?.replicas ?? 0,
  controller.status?.readyReplicas ?? 0,
  age(controller, now),
  ...containerCells(controller.spec?.template?.spec?.containers),
  labelsCell(controller.spec?.selector),
];
