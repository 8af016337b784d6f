import type { Secret } from "#api/types/core/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const secretCells: Cells<Secret> = (secret, now) => [
  nameOf(secret),
  secret.type ?? "",
  Object.keys(secret.data ?? {}).length,
  age(secret, now),
];
