/** Keeps the wanted number of pods for each ReplicaSet. */
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { ReplicaSet } from "#api/types/apps/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { ResourceClient } from "#pkg/client/index.ts";
import type { Controller } from "../framework/controller.ts";
import { byController, controllerIndex } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { ReplicaReconciler, type Replicating } from "./reconcile.ts";

export const replicaset: Controller = {
  name: "replicaset-controller",
  build(context) {
    const queue = context.queue("replicaset");
    const sets = context.informers.informer(resources.replicasets);
    const pods = context.informers.informer(resources.pods);
    sets.addIndex(byController, controllerIndex);
    enqueueSelf(sets, queue);
    enqueueOwner({
      children: pods,
      owners: sets,
      ownerKind: "ReplicaSet",
      queue,
      selectorOf: (rs) => labelSelectorFrom(rs.spec.selector),
    });
    const reconciler = new ReplicaReconciler(context, {
      ref: resources.replicasets as ResourceRef<Replicating>,
      client: context.client.replicasets as ResourceClient<Replicating>,
      component: "replicaset-controller",
      selectorOf: (rs) => labelSelectorFrom((rs as ReplicaSet).spec.selector),
    });
    return { loops: [{ queue, workers: 10, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
