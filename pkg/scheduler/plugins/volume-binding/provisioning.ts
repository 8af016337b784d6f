/** Whether volumes can be made for a node: its class' topology, and the room that the driver says it has there. */
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import type { CSIStorageCapacity, StorageClass } from "#api/types/storage.k8s.io/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { SelectableNode } from "#pkg/apimachinery/placement/node-selector.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { noProvisioner } from "#pkg/apimachinery/volumes/annotations.ts";
import { classOf, requestedSize } from "#pkg/apimachinery/volumes/matching.ts";
import type { Storage } from "../../volumes/storage.ts";

type Claim = Readonly<PersistentVolumeClaim>;

/** Throws when a claim's class is gone. */
export function provisioningOn(
  node: SelectableNode,
  claims: readonly Claim[],
  storage: Storage,
): "possible" | "impossible" | "no space" {
  for (const claim of claims) {
    const name = classOf(claim);
    const storageClass = storage.classes.get(name);
    if (!storageClass) throw new Error(`failed to find storage class ${JSON.stringify(name)}`);
    const { provisioner } = storageClass;
    if (provisioner === "" || provisioner === noProvisioner) return "impossible";
    if (!isAllowed(storageClass, node)) return "impossible";
    if (!hasRoom(claim, storageClass, node, storage)) return "no space";
  }
  return "possible";
}

/** No terms allow every node; a term without expressions allows none. */
function isAllowed({ allowedTopologies = [] }: Readonly<StorageClass>, { labels }: SelectableNode): boolean {
  if (allowedTopologies.length === 0) return true;
  return allowedTopologies.some(({ matchLabelExpressions = [] }) => {
    const holds = ({ key, values }: { key: string; values: readonly string[] }) =>
      Object.hasOwn(labels, key) && values.includes(labels[key] ?? "");
    return matchLabelExpressions.length > 0 && matchLabelExpressions.every(holds);
  });
}

/** Only drivers that publish their capacity are asked. */
function hasRoom(
  claim: Claim,
  { metadata, provisioner }: Readonly<StorageClass>,
  node: SelectableNode,
  { drivers, capacities }: Storage,
): boolean {
  if (claim.spec?.resources?.requests?.["storage"] === undefined) return true;
  if (drivers.get(provisioner)?.spec.storageCapacity !== true) return true;
  const wanted = requestedSize(claim);
  for (const capacity of capacities.list()) {
    if (capacity.storageClassName !== metadata.name) continue;
    const limit = volumeLimit(capacity);
    if (limit === undefined || limit.compare(wanted) < 0 || !capacity.nodeTopology) continue;
    if (labelSelectorFrom(capacity.nodeTopology).matches(node.labels)) return true;
  }
  return false;
}

/** The largest volume that can be made; undefined when the driver says neither that nor how much is left. */
export function volumeLimit({ maximumVolumeSize, capacity }: Readonly<CSIStorageCapacity>) {
  const limit = maximumVolumeSize ?? capacity;
  return limit === undefined ? undefined : parseQuantity(limit);
}
