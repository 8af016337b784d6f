/** Starts Jobs by the clock. */
import { resources } from "#api/gen/resources.ts";
import type { Controller } from "../framework/controller.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { CronJobReconciler } from "./reconcile.ts";

export const cronjob: Controller = {
  name: "cronjob-controller",
  build(context) {
    const queue = context.queue("cronjob");
    const cronJobs = context.informers.informer(resources.cronjobs);
    enqueueSelf(cronJobs, queue);
    enqueueOwner({
      children: context.informers.informer(resources.jobs),
      owners: cronJobs,
      ownerKind: "CronJob",
      queue,
    });
    const reconciler = new CronJobReconciler(context);
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
