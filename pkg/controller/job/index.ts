/** Runs Jobs to completion. */
import { resources } from "#api/gen/resources.ts";
import type { Controller } from "../framework/controller.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { JobReconciler } from "./reconcile.ts";

export const job: Controller = {
  name: "job-controller",
  build(context) {
    const queue = context.queue("job");
    const jobs = context.informers.informer(resources.jobs);
    enqueueSelf(jobs, queue);
    enqueueOwner({ children: context.informers.informer(resources.pods), owners: jobs, ownerKind: "Job", queue });
    const reconciler = new JobReconciler(context);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
