import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const resourceClaimCells: Cells<ResourceClaim> = (claim, now) => [
  nameOf(claim),
  statesOf(claim).join(","),
  age(claim, now),
];

function statesOf({ metadata, status }: ResourceClaim): string[] {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = deleted ? ["deleted"] : [];
  if (!status?.allocation) return deleted ? states : [...states, "pending"];
  return [...states, "allocated", ...(status.reservedFor?.length ? ["reserved"] : [])];
}
