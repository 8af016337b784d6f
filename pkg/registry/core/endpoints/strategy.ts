import type { Endpoints } from "#api/types/core/v1";
import type { Strategy } from "../../strategy.ts";

export const endpoints: Strategy<Endpoints> = {
  storagePrefix: "services/endpoints",
  allowCreateOnUpdate: true,
  applyDefaults({ subsets }) {
    for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
};
