import type { ResourceQuota } from "#api/types/core/v1";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import type { Strategy } from "../../strategy.ts";
import { validateQuota, validateQuotaStatus, validateQuotaUpdate } from "./validate.ts";

export const resourcequotas: Strategy<ResourceQuota> = {
  prepareForCreate(quota) {
    quota.status = {};
  },
  validate: validateQuota,
  validateUpdate: validateQuotaUpdate,
  warningsOnCreate: requestsAboveLimits,
  subresources: { status: { validateUpdate: validateQuotaStatus } },
};

const comparable = ["cpu", "memory", "storage", "ephemeral-storage"] as const;

function requestsAboveLimits({ spec }: Readonly<ResourceQuota>): string[] {
  const hard = spec?.hard ?? {};
  return comparable.flatMap((name) => {
    // CPU and memory alone are requests too.
    const names = name === "cpu" || name === "memory" ? [`requests.${name}`, name] : [`requests.${name}`];
    const requested = names.find((one) => Object.hasOwn(hard, one));
    const limited = `limits.${name}`;
    if (requested === undefined || !Object.hasOwn(hard, limited)) return [];
    const [request, limit] = [parseQuantity(hard[requested] ?? "0"), parseQuantity(hard[limited] ?? "0")];
    if (request.compare(limit) <= 0) return [];
    return [`ResourceQuota ${requested} (${request}) should be less than ${limited} (${limit})`];
  });
}
