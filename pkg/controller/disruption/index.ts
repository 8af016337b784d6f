/** Keeps the status of disruption budgets, which evictions ask before they delete a pod. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { controllerOf } from "../framework/owners.ts";
import { isReady } from "../framework/pods.ts";
import { enqueueSelf, onChange } from "../framework/wiring.ts";
import { Budgets } from "./budgets.ts";
import { DisruptionReconciler } from "./reconcile.ts";
import { clearStale, staleInMs } from "./stale-pods.ts";

export const disruption: Controller = {
  name: "disruption-controller",
  build(context) {
    const queue = context.queue("disruption");
    const staleQueue = context.queue("stale_pod_disruption");
    const recorder = context.recorder("controllermanager");
    const budgets = new Budgets(context.informers);
    enqueueSelf(budgets.cache, queue);
    const wake = (pod: Readonly<Pod>, old: Readonly<Pod> | undefined) => {
      const { namespace = "", name, labels } = pod.metadata;
      const matching = budgets.of(namespace, labels);
      if (matching.length > 1) {
        const text = `Pod ${JSON.stringify(namespace)}/${JSON.stringify(name)} matches multiple PodDisruptionBudgets.  Chose ${JSON.stringify(matching[0]?.metadata.name)} arbitrarily.`;
        recorder.warning(pod, "MultiplePodDisruptionBudgets", text);
      }
      const left = old && !sameJson(old.metadata.labels, labels) ? budgets.of(namespace, old.metadata.labels) : [];
      for (const budget of [...matching, ...left]) queue.add(keyOf(budget));
    };
    onChange(context.informers.informer(resources.pods), (pod, old) => {
      if (!old || !sameJson(factsOf(pod), factsOf(old))) wake(pod, old);
      const waitMs = staleInMs(pod, context.clock.now());
      if (waitMs !== undefined) staleQueue.addAfter(keyOf(pod), waitMs);
    });
    const reconciler = new DisruptionReconciler(context, budgets);
    return {
      loops: [
        { queue, workers: 1, reconcile: (key, signal) => reconciler.reconcile(key, signal) },
        { queue: staleQueue, workers: 1, reconcile: (key, signal) => clearStale(context, key, signal) },
      ],
    };
  },
};

/** Of a pod, what a budget depends on. */
const factsOf = (pod: Readonly<Pod>) => [
  pod.metadata.uid,
  pod.metadata.labels,
  pod.metadata.deletionTimestamp,
  controllerOf(pod)?.uid,
  isReady(pod),
];
