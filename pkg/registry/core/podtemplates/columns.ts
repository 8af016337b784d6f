import type { PodTemplate } from "#api/types/core/v1";
import { type Cells, containerCells, labelsCell, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const podTemplateCells: Cells<PodTemplate> = (pod) => [
  nameOf(pod),
  ...containerCells(pod.template?.spec?.containers),
  labelsCell(pod.template?.metadata?.labels),
];
