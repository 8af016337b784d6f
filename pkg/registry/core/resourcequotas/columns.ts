import type { ResourceQuota } from "#api/types/core/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

/** `used/hard` per resource: those whose name starts with `limits.` in their own column. */
export const resourceQuotaCells: Cells<ResourceQuota> = (quota, now) => {
  const { hard = {}, used = {} } = quota.status ?? {};
  const requests: string[] = [];
  const limits: string[] = [];
  for (const name of Object.keys(hard).sort()) {
    const column = name.startsWith("limits.") ? limits : requests;
    column.push(`${name}: ${Object.hasOwn(used, name) ? used[name] : "0"}/${hard[name]}`);
  }
  return [nameOf(quota), requests.join(", "), limits.join(", "), age(quota, now)];
};
