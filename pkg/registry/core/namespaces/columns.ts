import type { Namespace } from "#api/types/core/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const namespaceCells: Cells<Namespace> = (namespace, now) => [
  nameOf(namespace),
  namespace.status?.phase ?? "",
  age(namespace, now),
];
