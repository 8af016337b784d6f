/** Keeps a claim that was deleted until no pod uses it any more. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolumeClaim, Pod } from "#api/types/core/v1";
import { podClaims } from "#pkg/apimachinery/volumes/pod-claims.ts";
import { done, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { hasFinalizer, removeFinalizer } from "../framework/finalizers.ts";
import { isTerminal } from "../framework/pods.ts";
import { enqueueSelf, onChange } from "../framework/wiring.ts";

export const claimFinalizer = "kubernetes.io/pvc-protection";

/** A pod that has ended, or never got to a node, holds nothing. */
const uses = (pod: Readonly<Pod>, claim: string): boolean =>
  !isTerminal(pod) && Boolean(pod.spec.nodeName) && podClaims(pod).some(({ name }) => name === claim);

export const persistentVolumeClaimProtection: Controller = {
  name: "persistentvolumeclaim-protection-controller",
  build(context) {
    const queue = context.queue("pvcprotection");
    enqueueSelf(context.informers.informer(resources.persistentvolumeclaims), queue);
    onChange(context.informers.informer(resources.pods), (pod) => {
      for (const { name } of podClaims(pod)) queue.add(`${pod.metadata.namespace}/${name}`);
    });
    return { loops: [{ queue, workers: 2, reconcile: (key, signal) => reconcile(context, key, signal) }] };
  },
};

async function reconcile(context: ControllerContext, key: string, signal: AbortSignal): Promise<Outcome> {
  const claim = context.informers.informer(resources.persistentvolumeclaims).get(key);
  if (!claim?.metadata.deletionTimestamp || !hasFinalizer(claim, claimFinalizer)) return done;
  if (await isUsed(context, claim, signal)) return done;
  await removeFinalizer(context.client.persistentvolumeclaims, claim, claimFinalizer, signal);
  return done;
}

/** The cache first; before a claim goes the server is asked, since the cache may not know the newest pod yet. */
async function isUsed(
  { client, informers }: ControllerContext,
  claim: Readonly<PersistentVolumeClaim>,
  signal: AbortSignal,
): Promise<boolean> {
  const { namespace = "", name = "" } = claim.metadata;
  for (const pod of informers.informer(resources.pods).list(namespace)) if (uses(pod, name)) return true;
  const { items } = await client.pods.list({ namespace, signal });
  return items.some((pod) => uses(pod, name));
}
