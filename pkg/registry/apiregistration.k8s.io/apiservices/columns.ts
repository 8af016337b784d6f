import type { APIService } from "#api/types/apiregistration.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const apiServiceCells: Cells<APIService> = (api, now) => {
  const { service } = api.spec ?? {};
  const available = api.status?.conditions?.find((c) => c.type === "Available");
  const state = available?.status ?? "Unknown";
  return [
    nameOf(api),
    service ? `${service.namespace ?? ""}/${service.name ?? ""}` : "Local",
    state === "True" || !available?.reason ? state : `${state} (${available.reason})`,
    age(api, now),
  ];
};
