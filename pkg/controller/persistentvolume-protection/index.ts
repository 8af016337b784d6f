/** Keeps a volume that was deleted until no claim is bound to it any more. */
import { resources } from "#api/gen/resources.ts";
import { done, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { hasFinalizer, removeFinalizer } from "../framework/finalizers.ts";
import { enqueueSelf } from "../framework/wiring.ts";

const volumeFinalizer = "kubernetes.io/pv-protection";

export const persistentVolumeProtection: Controller = {
  name: "persistentvolume-protection-controller",
  build(context) {
    const queue = context.queue("pvprotection");
    enqueueSelf(context.informers.informer(resources.persistentvolumes), queue);
    return { loops: [{ queue, workers: 2, reconcile: (key, signal) => reconcile(context, key, signal) }] };
  },
};

async function reconcile({ client, informers }: ControllerContext, key: string, signal: AbortSignal): Promise<Outcome> {
  const volume = informers.informer(resources.persistentvolumes).get(key);
  if (!volume?.metadata.deletionTimestamp || !hasFinalizer(volume, volumeFinalizer)) return done;
  if (volume.status?.phase === "Bound") return done;
  await removeFinalizer(client.persistentvolumes, volume, volumeFinalizer, signal);
  return done;
}
