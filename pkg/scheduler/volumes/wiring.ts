/** From the watches of storage to the queue, and to the bindings that wait for their claims. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { InformerSet } from "#pkg/client/types.ts";
import type { StorageEvent, StorageResource } from "../framework/storage-event.ts";
import type { SchedulingQueue } from "../queue/scheduling-queue.ts";
import type { Changes } from "./changes.ts";

export interface StorageWiring {
  readonly informers: InformerSet;
  readonly queue: Pick<SchedulingQueue, "onEvent">;
  readonly changes: Changes;
}

const watched: readonly StorageResource[] = [
  "persistentvolumeclaims",
  "persistentvolumes",
  "storageclasses",
  "csidrivers",
  "csinodes",
  "csistoragecapacities",
  "volumeattachments",
];

export function wireStorage({ informers, queue, changes }: StorageWiring): void {
  for (const resource of watched) {
    const tell = (what: StorageEvent["what"], object: Readonly<KubeObject>, old?: Readonly<KubeObject>): void => {
      // The object is of the kind that the resource's informer watches.
      queue.onEvent({ kind: "storage", resource, what, object, ...(old ? { old } : {}) } as StorageEvent);
      changes.notify();
    };
    informers.informer(resources[resource] as ResourceRef<KubeObject>).addHandler({
      added: (object) => tell("added", object),
      updated: (object, old) => tell("updated", object, old),
      deleted: (object) => tell("deleted", object),
    });
  }
  informers.informer(resources.pods).addHandler({ deleted: () => changes.notify() });
}
