/** Mirrors Endpoints that people write for Services without a selector into EndpointSlices, which proxies read. */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { onChange } from "../framework/wiring.ts";
import { isMirrored } from "./plan.ts";
import { byMirrored, hasSelector, MirrorReconciler, mirroredIndex } from "./reconcile.ts";

export const endpointsliceMirroring: Controller = {
  name: "endpointslice-mirroring-controller",
  build(context) {
    const queue = context.queue("endpoint_slice_mirroring");
    const slices = context.informers.informer(resources.endpointslices);
    slices.addIndex(byMirrored, mirroredIndex);
    onChange(context.informers.informer(resources.endpoints), (endpoints, old) => {
      if (isMirrored(endpoints) || (old && isMirrored(old))) queue.add(keyOf(endpoints));
    });
    onChange(context.informers.informer(resources.services), (service, old) => {
      const changed = !old || hasSelector(old) !== hasSelector(service);
      if (changed && (!hasSelector(service) || old)) queue.add(keyOf(service));
    });
    slices.addHandler({
      added: (slice) => {
        for (const key of mirroredIndex(slice)) queue.add(key);
      },
      updated: (slice, old) => {
        for (const key of new Set([...mirroredIndex(slice), ...mirroredIndex(old)])) queue.add(key);
      },
      deleted: (slice) => {
        for (const key of mirroredIndex(slice)) queue.add(key);
      },
    });
    const reconciler = new MirrorReconciler(context);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
