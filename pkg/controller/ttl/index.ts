/** Tells kubelets how long they may believe what they hold of secrets and config maps. */
import { resources } from "#api/gen/resources.ts";
import { done, isNotFound } from "#pkg/client/index.ts";
import type { Controller } from "../framework/controller.ts";
import { nextStep, ttlSecondsOf } from "./plan.ts";

const annotation = "node.alpha.kubernetes.io/ttl";

export const ttl: Controller = {
  name: "ttl-controller",
  build(context) {
    const queue = context.queue("ttlcontroller");
    const nodes = context.informers.informer(resources.nodes);
    let count = 0;
    let step = 0;
    const counted = (change: 1 | -1) => {
      count += change;
      const next = nextStep(step, count);
      if (next === step) return;
      step = next;
      for (const { metadata } of nodes.list()) queue.add(metadata.name ?? "");
    };
    nodes.addHandler({
      added: ({ metadata }) => {
        counted(1);
        queue.add(metadata.name ?? "");
      },
      updated: ({ metadata }) => queue.add(metadata.name ?? ""),
      deleted: () => counted(-1),
    });
    return {
      loops: [
        {
          queue,
          workers: 2,
          async reconcile(name, signal) {
            const node = nodes.get(name);
            const wanted = String(ttlSecondsOf(step));
            if (!node || node.metadata.annotations?.[annotation] === wanted) return done;
            const patch = { metadata: { annotations: { [annotation]: wanted } } };
            await context.client.nodes.patch({ name }, patch, { type: "strategic", signal }).catch((error: unknown) => {
              if (!isNotFound(error)) throw error;
            });
            return done;
          },
        },
      ],
    };
  },
};
