/** Watches over nodes: taints by condition, loss after silence, eviction by taint. */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { sameJson } from "../framework/equal.ts";
import { enqueueSelf } from "../framework/wiring.ts";
import { TaintEviction } from "./eviction.ts";
import { byNode, NodeMonitor, nodeIndex } from "./monitor.ts";

export const nodeLifecycle: Controller = {
  name: "node-lifecycle-controller",
  build(context) {
    const nodes = context.informers.informer(resources.nodes);
    const pods = context.informers.informer(resources.pods);
    pods.addIndex(byNode, nodeIndex);
    const monitor = new NodeMonitor(context);
    const queue = context.queue("node_lifecycle_controller");
    enqueueSelf(nodes, queue);
    // A lease that is renewed keeps its node's silence from growing; the node is looked at when it may be over.
    return { loops: [{ queue, workers: 2, reconcile: (name, signal) => monitor.reconcile(name, signal) }] };
  },
};

export const taintEviction: Controller = {
  name: "taint-eviction-controller",
  build(context) {
    const nodes = context.informers.informer(resources.nodes);
    const pods = context.informers.informer(resources.pods);
    const eviction = new TaintEviction(context);
    const queue = context.queue("taint_eviction");
    const isTainted = (name: string | undefined) =>
      name !== undefined && (nodes.get(name)?.spec?.taints ?? []).some((taint) => taint.effect === "NoExecute");
    pods.addIndex(byNode, nodeIndex);
    pods.addHandler({
      added: (pod) => {
        if (isTainted(pod.spec.nodeName)) queue.add(keyOf(pod));
      },
      updated: (pod, old) => {
        if (pod.spec.nodeName !== old.spec.nodeName && isTainted(pod.spec.nodeName)) queue.add(keyOf(pod));
      },
    });
    nodes.addHandler({
      updated: (node, old) => {
        if (sameJson(node.spec?.taints, old.spec?.taints)) return;
        for (const pod of pods.byIndex(byNode, node.metadata.name!)) queue.add(keyOf(pod));
      },
    });
    return { loops: [{ queue, workers: 4, reconcile: (key, signal) => eviction.reconcile(key, signal) }] };
  },
};
