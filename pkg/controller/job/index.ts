/** Runs Jobs to completion. */
import { resources } from "#api/gen/resources.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { byController, controllerOf } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf, onChange } from "../framework/wiring.ts";
import { isTracked } from "./pods.ts";
import { JobReconciler } from "./reconcile.ts";

export const job: Controller = {
  name: "job-controller",
  build(context) {
    const queue = context.queue("job");
    const jobs = context.informers.informer(resources.jobs);
    enqueueSelf(jobs, queue);
    const pods = context.informers.informer(resources.pods);
    enqueueOwner({
      children: pods,
      owners: jobs,
      ownerKind: "Job",
      queue,
      selectorOf: ({ spec }) => labelSelectorFrom(spec.selector),
    });
    const orphans = context.queue("job_orphan_pod");
    onChange(pods, (pod) => {
      const owner = controllerOf(pod);
      const job = owner && jobs.get(`${pod.metadata.namespace}/${owner.name}`);
      if (isTracked(pod) && (owner === undefined || job?.metadata.uid !== owner.uid)) orphans.add(keyOf(pod));
    });
    jobs.addHandler({
      deleted: ({ metadata }) => {
        for (const pod of pods.byIndex(byController, metadata.uid ?? "")) orphans.add(keyOf(pod));
      },
    });
    const reconciler = new JobReconciler(context);
    return {
      loops: [
        { queue, workers: 5, reconcile: (key, signal) => reconciler.reconcile(key, signal) },
        { queue: orphans, workers: 1, reconcile: (key, signal) => reconciler.releaseOrphan(key, signal) },
      ],
    };
  },
};
