/** Keeps the number of a workload's replicas at what its metrics ask for. */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { AutoscalerReconciler } from "./reconcile.ts";

/** Upstream's defaults of its flags. */
const defaults = {
  syncPeriodMs: 15_000,
  downscaleStabilizationMs: 300_000,
  tolerance: 0.1,
  cpuInitializationMs: 300_000,
  initialReadinessDelayMs: 30_000,
};

export const horizontalPodAutoscaler: Controller = {
  name: "horizontal-pod-autoscaler-controller",
  build(context) {
    const queue = context.queue("horizontalpodautoscaler");
    const reconciler = new AutoscalerReconciler(context, { ...defaults, ...context.options.horizontalAutoscaling });
    context.informers.informer(resources.pods);
    context.informers.informer(resources.horizontalpodautoscalers).addHandler({
      added: (autoscaler) => queue.add(keyOf(autoscaler)),
      // Otherwise the queue brings it again with the period.
      updated: (autoscaler, old) => {
        if (!sameJson(autoscaler.spec, old.spec)) queue.add(keyOf(autoscaler));
      },
      deleted: (autoscaler) => reconciler.forget(keyOf(autoscaler)),
    });
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
