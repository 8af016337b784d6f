import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import type { Strategy } from "../../strategy.ts";

export const endpointslices: Strategy<EndpointSlice> = {
  hasGeneration: true,
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
};
