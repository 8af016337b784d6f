/** Keeps the EndpointSlices of every Service with a selector. */
import { resources } from "#api/gen/resources.ts";
import type { Controller } from "../framework/controller.ts";
import { enqueueServicesOfPods } from "../framework/service-pods.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { byService, EndpointSliceReconciler, serviceIndex } from "./reconcile.ts";

export const endpointslice: Controller = {
  name: "endpointslice-controller",
  build(context) {
    const queue = context.queue("endpoint_slice");
    const slices = context.informers.informer(resources.endpointslices);
    slices.addIndex(byService, serviceIndex);
    enqueueSelf(context.informers.informer(resources.services), queue);
    enqueueServicesOfPods(context, queue);
    slices.addHandler({
      updated: (slice) => {
        for (const key of serviceIndex(slice)) queue.add(key);
      },
      deleted: (slice) => {
        for (const key of serviceIndex(slice)) queue.add(key);
      },
    });
    const reconciler = new EndpointSliceReconciler(context);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
