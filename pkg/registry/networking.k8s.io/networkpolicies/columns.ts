import type { NetworkPolicy } from "#api/types/networking.k8s.io/v1";
import { age, type Cells, nameOf, selectorCell } from "#pkg/apimachinery/table/cells.ts";

export const networkPolicyCells: Cells<NetworkPolicy> = (policy, now) => [
  nameOf(policy),
  selectorCell(policy.spec?.podSelector ?? {}),
  age(policy, now),
];
