/** What a claim's volume is filled from, in an old field and in a new one that says the same. */
import type { PersistentVolumeClaimSpec, TypedLocalObjectReference } from "#api/types/core/v1";

type Spec = PersistentVolumeClaimSpec;

/**
 * Drops what the fields do not take and writes either of them into the other. `old`: the spec before, on update.
 * Sources in other namespaces are not enabled.
 */
export function alignDataSources(spec: Spec, old: Readonly<Spec> | undefined): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
  const wasUsed = old?.dataSource !== undefined || old?.dataSourceRef !== undefined;
  // The old field silently took nothing but claims and snapshots.
  if (!wasUsed && !spec.dataSourceRef && !isClaimOrSnapshot(spec.dataSource)) delete spec.dataSource;
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  else if (dataSourceRef && !dataSource && !dataSourceRef.namespace) {
    const { namespace: _, ...source } = dataSourceRef;
    spec.dataSource = source;
  }
}

function isClaimOrSnapshot(source: TypedLocalObjectReference | undefined): boolean {
  const group = source?.apiGroup ?? "";
  if (source?.kind === "PersistentVolumeClaim") return group === "";
  return source?.kind === "VolumeSnapshot" && group === "snapshot.storage.k8s.io";
}
