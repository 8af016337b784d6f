import type { ServiceCIDR } from "#api/types/networking.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const serviceCidrCells: Cells<ServiceCIDR> = (range, now) => [
  nameOf(range),
  (range.spec?.cidrs ?? []).join(","),
  age(range, now),
];
