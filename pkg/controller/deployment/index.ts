/** Rolls Deployments out over ReplicaSets. */
import { resources } from "#api/gen/resources.ts";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import type { Controller } from "../framework/controller.ts";
import { controllerOf } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf } from "../framework/wiring.ts";
import { DeploymentReconciler } from "./reconcile.ts";

export const deployment: Controller = {
  name: "deployment-controller",
  build(context) {
    const queue = context.queue("deployment");
    const deployments = context.informers.informer(resources.deployments);
    const sets = context.informers.informer(resources.replicasets);
    enqueueSelf(deployments, queue);
    enqueueOwner({
      children: sets,
      owners: deployments,
      ownerKind: "Deployment",
      queue,
      selectorOf: (d) => labelSelectorFrom(d.spec.selector),
    });
    // Recreate waits for the last old pod: its end is no change of a ReplicaSet's spec or status that we could rely on.
    context.informers.informer(resources.pods).addHandler({
      deleted: (pod) => {
        const owner = controllerOf(pod);
        const set = owner?.kind === "ReplicaSet" ? sets.get(`${pod.metadata.namespace}/${owner.name}`) : undefined;
        const parent = set && controllerOf(set);
        const key = `${pod.metadata.namespace}/${parent?.name}`;
        if (deployments.get(key)?.spec.strategy?.type === "Recreate") queue.add(key);
      },
    });
    const reconciler = new DeploymentReconciler(context);
    return { loops: [{ queue, workers: 10, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};
