/** Keeps the wanted number of pods for each ReplicationController: a ReplicaSet by its older name, with a plain selector. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { ReplicationController } from "#api/types/core/v1";
import { labelSelectorFromMap } from "#pkg/apimachinery/labels/index.ts";
import type { ResourceClient } from "#pkg/client/index.ts";
import type { Controller } from "../framework/controller.ts";
import { byController, controllerIndex } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { ReplicaReconciler, type Replicating } from "../replicaset/reconcile.ts";

const selectorOf = (rc: Readonly<ReplicationController>) => labelSelectorFromMap(rc.spec.selector);

export const replicationcontroller: Controller = {
  name: "replicationcontroller-controller",
  build(context) {
    const queue = context.queue("replicationcontroller");
    const sets = context.informers.informer(resources.replicationcontrollers);
    sets.addIndex(byController, controllerIndex);
    enqueueSelf(sets, queue);
    enqueueOwner({
      children: context.informers.informer(resources.pods),
      owners: sets,
      ownerKind: "ReplicationController",
      queue,
      selectorOf,
    });
    const reconciler = new ReplicaReconciler(context, {
      ref: resources.replicationcontrollers as ResourceRef<Replicating>,
      client: context.client.replicationcontrollers as unknown as ResourceClient<Replicating>,
      component: "replication-controller",
      selectorOf: (rc) => selectorOf(rc as unknown as ReplicationController),
    });
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
