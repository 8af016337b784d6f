import type { CSINode } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const csiNodeCells: Cells<CSINode> = (node, now) => [
  nameOf(node),
  node.spec.drivers?.length ?? 0,
  age(node, now),
];
