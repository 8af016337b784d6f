import type { Deployment } from "#api/types/apps/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { age, type Cells, containerCells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const deploymentCells: Cells<Deployment> = (deployment, now) => [
  nameOf(deployment),
  `${deployment.status?.readyReplicas ?? 0}/${deployment.spec?.replicas ?? 0}`,
  deployment.status?.updatedReplicas ?? 0,
  deployment.status?.availableReplicas ?? 0,
  age(deployment, now),
  ...containerCells(deployment.spec?.template.spec?.containers),
  labelSelectorFrom(deployment.spec?.selector).toString(),
];
