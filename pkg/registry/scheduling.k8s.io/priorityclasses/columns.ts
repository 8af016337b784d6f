import type { PriorityClass } from "#api/types/scheduling.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const priorityClassCells: Cells<PriorityClass> = (priority, now) => [
  nameOf(priority),
  priority.value,
  priority.globalDefault ?? false,
  age(priority, now),
  priority.preemptionPolicy ?? "PreemptLowerPriority",
];
