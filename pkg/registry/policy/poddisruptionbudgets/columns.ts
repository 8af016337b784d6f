import type { PodDisruptionBudget } from "#api/types/policy/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const podDisruptionBudgetCells: Cells<PodDisruptionBudget> = (budget, now) => [
  nameOf(budget),
  budget.spec?.minAvailable === undefined ? "N/A" : String(budget.spec.minAvailable),
  budget.spec?.maxUnavailable === undefined ? "N/A" : String(budget.spec.maxUnavailable),
  budget.status?.disruptionsAllowed ?? 0,
  age(budget, now),
];
