/** Which changes may help a pod that had no volumes for any node. */
import type { StorageClass } from "#api/types/storage.k8s.io/v1";
import type { PodInfo } from "../../cache/types.ts";
import type { ClusterEvent } from "../../framework/cluster-event.ts";
import type { StorageEvent } from "../../framework/storage-event.ts";
import { usesClaim } from "../../volumes/pod-uses-claim.ts";
import { volumeLimit } from "./provisioning.ts";

export function mayHelp(pod: PodInfo, event: ClusterEvent): boolean {
  if (event.kind === "storage") return event.what !== "deleted" && storageHelps(pod, event);
  return event.kind === "nodeAdded" || (event.kind === "nodeUpdated" && event.changed.has("labels"));
}

function storageHelps(pod: PodInfo, event: StorageEvent): boolean {
  switch (event.resource) {
    case "persistentvolumes":
      return true;
    case "persistentvolumeclaims":
      return usesClaim(pod, event.object.metadata);
    case "storageclasses":
      return !event.old || topologiesOf(event.object) !== topologiesOf(event.old);
    case "csistoragecapacities": {
      const limit = volumeLimit(event.object);
      const before = event.old && volumeLimit(event.old);
      return !event.old || (limit !== undefined && (before === undefined || limit.compare(before) > 0));
    }
    case "csidrivers":
      return event.old?.spec.storageCapacity === true && event.object.spec.storageCapacity !== true;
    default:
      return false;
  }
}

const topologiesOf = ({ allowedTopologies }: Readonly<StorageClass>): string => JSON.stringify(allowedTopologies ?? []);
