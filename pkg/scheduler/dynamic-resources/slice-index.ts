/** The slices that an informer knows, by node and by pool. */
import type { ResourceSlice } from "#api/types/resource.k8s.io/v1";
import type { Informer } from "#pkg/client/types.ts";
import { poolNameOf, type SliceIndex } from "./pools.ts";

const byNode = "node";
const byPool = "pool";

/** Call before the informer starts. */
export function sliceIndex(slices: Informer<ResourceSlice>): SliceIndex {
  slices.addIndex(byNode, ({ spec }) => [spec.nodeName ?? ""]);
  slices.addIndex(byPool, (slice) => [poolNameOf(slice)]);
  return {
    ofNode: (name) => slices.byIndex(byNode, name),
    shared: () => slices.byIndex(byNode, ""),
    ofPool: (name) => slices.byIndex(byPool, name),
  };
}
