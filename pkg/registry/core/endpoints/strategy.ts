import type { EndpointAddress, Endpoints } from "#api/types/core/v1";
import { addressWarnings } from "../../shared/addresses.ts";
import type { Strategy } from "../../strategy.ts";
import { validateEndpointsUpdate, validateNewEndpoints } from "./validate.ts";

const managedBy = "endpoints.kubernetes.io/managed-by";

export const endpoints: Strategy<Endpoints> = {
  storagePrefix: "services/endpoints",
  allowCreateOnUpdate: true,
  applyDefaults({ subsets }) {
    for (const subset of subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
  },
  validateCreate: validateNewEndpoints,
  validateUpdate: validateEndpointsUpdate,
  warningsOnCreate: addressesToWarnOf,
  warningsOnUpdate: addressesToWarnOf,
};

function addressesToWarnOf({ metadata, subsets }: Readonly<Endpoints>): string[] {
  if (metadata.labels?.[managedBy] === "endpoint-controller") return [];
  const warningsOf = (path: string, list: readonly EndpointAddress[] | undefined): string[] =>
    (list ?? []).flatMap(({ ip }, at) => addressWarnings(`${path}[${at}].ip`, ip ?? ""));
  return (subsets ?? []).flatMap(({ addresses, notReadyAddresses }, at) => [
    ...warningsOf(`subsets[${at}].addresses`, addresses),
    ...warningsOf(`subsets[${at}].notReadyAddresses`, notReadyAddresses),
  ]);
}
