/** What a claim of devices counts for: at most as many of each class as it may be given. */
import type { ResourceClaim } from "#api/types/resource.k8s.io/v1";
import { type Amounts, add, countOf, most } from "./amounts.ts";

/** Behind a device class's name. */
export const deviceClassSuffix = ".deviceclass.resource.k8s.io/devices";

/** A claim of all devices is charged as the most that one may be given. */
const devicesMax = 32;

interface Wish {
  readonly deviceClassName?: string;
  readonly allocationMode?: string;
  readonly count?: number | bigint;
}

export function deviceUsage({ spec }: Readonly<ResourceClaim>): Amounts {
  let usage: Amounts = new Map();
  for (const { exactly, firstAvailable = [] } of spec?.devices?.requests ?? []) {
    // Of several alternatives one is taken: the largest of a class counts.
    const largest = firstAvailable.reduce<Amounts>((sum, wish) => most(sum, amountOf(wish)), new Map());
    usage = add(usage, firstAvailable.length > 0 ? largest : exactly ? amountOf(exactly) : new Map());
  }
  return usage;
}

function amountOf({ deviceClassName = "", allocationMode, count = 0 }: Wish): Amounts {
  const devices = allocationMode === "All" ? devicesMax : allocationMode === "ExactCount" ? Number(count) : 0;
  return new Map([[`${deviceClassName}${deviceClassSuffix}`, countOf(devices)]]);
}
