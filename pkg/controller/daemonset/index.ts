/** Keeps a pod on every node that a DaemonSet selects. */
import { resources } from "#api/gen/resources.ts";
import type { Node } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { byController, controllerIndex } from "../framework/owners.ts";
import { enqueueOwner, enqueueSelf, onChange } from "../framework/wiring.ts";
import { DaemonSetReconciler } from "./reconcile.ts";

export const daemonset: Controller = {
  name: "daemonset-controller",
  build(context) {
    const queue = context.queue("daemonset");
    const sets = context.informers.informer(resources.daemonsets);
    context.informers.informer(resources.controllerrevisions).addIndex(byController, controllerIndex);
    enqueueSelf(sets, queue);
    enqueueOwner({
      children: context.informers.informer(resources.pods),
      owners: sets,
      ownerKind: "DaemonSet",
      queue,
      selectorOf: (set) => labelSelectorFrom(set.spec.selector),
    });
    onChange(context.informers.informer(resources.nodes), (node, old) => {
      if (old && old.metadata.uid === node.metadata.uid && !mattersTo(node, old)) return;
      for (const set of sets.list()) queue.add(keyOf(set));
    });
    const reconciler = new DaemonSetReconciler(context);
    return { loops: [{ queue, workers: 2, reconcile: (key, signal) => reconciler.reconcile(key, signal) }] };
  },
};

/** Whether a change of a node may move daemons: heartbeats do not. */
const mattersTo = (node: Readonly<Node>, old: Readonly<Node>): boolean =>
  !sameJson(node.metadata.labels, old.metadata.labels) || !sameJson(node.spec?.taints, old.spec?.taints);
