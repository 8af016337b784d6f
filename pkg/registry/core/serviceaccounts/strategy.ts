import type { ServiceAccount } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";

/** Secrets are of the account's namespace, whatever a reference says: only their names are kept. */
function keepNames({ secrets }: ServiceAccount): void {
  for (const reference of secrets ?? []) {
    for (const member of Object.keys(reference) as (keyof typeof reference)[]) {
      if (member !== "name") delete reference[member];
    }
  }
}

export const serviceaccounts: Strategy<ServiceAccount> = {
  prepareForCreate: keepNames,
  prepareForUpdate: keepNames,
};
