import type { Lease } from "#api/types/coordination.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const leaseCells: Cells<Lease> = (lease, now) => [
  nameOf(lease),
  lease.spec?.holderIdentity ?? "",
  age(lease, now),
];
