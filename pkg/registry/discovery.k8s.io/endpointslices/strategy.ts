import type { EndpointSlice } from "#api/types/discovery.k8s.io/v1";
import { addressWarnings } from "../../shared/addresses.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import type { Strategy } from "../../strategy.ts";
import { validateEndpointSliceUpdate, validateNewEndpointSlice } from "./validate.ts";

const managedBy = "endpointslice.kubernetes.io/managed-by";
/** What these write is made from addresses that were looked at before. */
const trusted = new Set(["endpointslice-controller.k8s.io", "endpointslicemirroring-controller.k8s.io"]);

export const endpointslices: Strategy<EndpointSlice> = {
  hasGeneration: true,
  applyDefaults({ ports }) {
    for (const port of ports ?? []) {
      port.name ??= "";
      port.protocol ??= "TCP";
    }
  },
  prepareForCreate: dropTopology,
  prepareForUpdate(slice, old) {
    const isChanged = !sameMeaning(slice.endpoints, old.endpoints);
    if (isChanged) dropTopology(slice);
    // Here labels count as content: proxies find slices by them. So does what is dropped.
    if (isChanged || !sameMeaning(slice.metadata.labels, old.metadata.labels)) {
      slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
    }
  },
  validateCreate: validateNewEndpointSlice,
  validateUpdate: validateEndpointSliceUpdate,
  warningsOnCreate(slice) {
    const deprecated = slice.addressType === "FQDN" ? ["spec.addressType: FQDN endpoints are deprecated"] : [];
    return [...deprecated, ...addressesToWarnOf(slice)];
  },
  warningsOnUpdate: addressesToWarnOf,
};

/** A field of v1beta1 that v1 does not take. */
function dropTopology({ endpoints }: EndpointSlice): void {
  for (const endpoint of endpoints ?? []) delete endpoint.deprecatedTopology;
}

function addressesToWarnOf({ metadata, endpoints }: Readonly<EndpointSlice>): string[] {
  if (trusted.has(metadata.labels?.[managedBy] ?? "")) return [];
  return (endpoints ?? []).flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((address, j) => addressWarnings(`endpoints[${i}].addresses[${j}]`, address)),
  );
}
