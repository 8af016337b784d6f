/** Keeps pods with an identity of their own: ordered names, stable host names and claims. */
import { resources } from "#api/gen/resources.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { Controller } from "../framework/controller.ts";
import { byController, controllerIndex } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { StatefulSetReconciler } from "./reconcile.ts";

export const statefulset: Controller = {
  name: "statefulset-controller",
  build(context) {
    const queue = context.queue("statefulset");
    const sets = context.informers.informer(resources.statefulsets);
    context.informers.informer(resources.controllerrevisions).addIndex(byController, controllerIndex);
    context.informers.informer(resources.persistentvolumeclaims);
    enqueueSelf(sets, queue);
    enqueueOwner({
      children: context.informers.informer(resources.pods),
      owners: sets,
      ownerKind: "StatefulSet",
      queue,
      selectorOf: (set) => labelSelectorFrom(set.spec.selector),
    });
    const reconciler = new StatefulSetReconciler(context);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
