import type { ComponentStatus } from "#api/types/core/v1";
import { type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const componentStatusCells: Cells<ComponentStatus> = (component) => {
  const healthy = component.conditions?.find((c) => c.type === "Healthy");
  const status = healthy?.status === "True" ? "Healthy" : healthy?.status === "False" ? "Unhealthy" : "Unknown";
  return [nameOf(component), status, healthy?.message ?? "", healthy?.error ?? ""];
};
