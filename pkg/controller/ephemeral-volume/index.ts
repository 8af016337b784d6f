/** Makes the claims of volumes that live as long as their pod. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolumeClaim, Pod, Volume } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { claimNameOf, foreignClaim } from "#pkg/apimachinery/volumes/pod-claims.ts";
import { done, isAlreadyExists, isNamespaceTerminating, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { controllerOf, controllerReference } from "../framework/owners.ts";

const isEphemeral = ({ ephemeral }: Volume): boolean => ephemeral !== undefined;

export const ephemeralVolume: Controller = {
  name: "ephemeral-volume-controller",
  build(context) {
    const queue = context.queue("ephemeral_volume");
    const pods = context.informers.informer(resources.pods);
    pods.addHandler({
      added: (pod) => {
        if (!pod.metadata.deletionTimestamp && pod.spec.volumes?.some(isEphemeral)) queue.add(keyOf(pod));
      },
    });
    context.informers.informer(resources.persistentvolumeclaims).addHandler({
      deleted: (claim) => {
        const owner = controllerOf(claim);
        if (owner?.kind === "Pod") queue.add(`${claim.metadata.namespace}/${owner.name}`);
      },
    });
    return { loops: [{ queue, workers: 5, reconcile: (key, signal) => reconcile(context, key, signal) }] };
  },
};

async function reconcile(context: ControllerContext, key: string, signal: AbortSignal): Promise<Outcome> {
  const pod = context.informers.informer(resources.pods).get(key);
  if (!pod || pod.metadata.deletionTimestamp) return done;
  for (const volume of (pod.spec.volumes ?? []).filter(isEphemeral)) {
    try {
      await ensureClaim(context, pod, volume, signal);
    } catch (error) {
      if (isNamespaceTerminating(error)) return done;
      // One that the cache does not show yet is looked at when it does.
      if (!signal.aborted && !isAlreadyExists(error)) {
        const text = `ephemeral volume ${volume.name}: ${(error as Error).message}`;
        context.recorder("ephemeral_volume").warning(pod, "FailedBinding", text);
      }
      throw error;
    }
  }
  return done;
}

/** Throws an Error when a claim of that name is another's: to use it would be to take somebody's data. */
async function ensureClaim(
  { client, informers }: ControllerContext,
  pod: Readonly<Pod>,
  volume: Volume,
  signal: AbortSignal,
): Promise<void> {
  const { namespace = "" } = pod.metadata;
  const name = claimNameOf(pod.metadata.name ?? "", volume) ?? "";
  const found = informers.informer(resources.persistentvolumeclaims).get(`${namespace}/${name}`);
  if (found) {
    const foreign = foreignClaim(pod, found);
    if (foreign === undefined) return;
    throw new Error(foreign);
  }
  const template = volume.ephemeral?.volumeClaimTemplate;
  const { labels, annotations } = template?.metadata ?? {};
  const claim: PersistentVolumeClaim = {
    metadata: {
      name,
      namespace,
      ...(labels ? { labels } : {}),
      ...(annotations ? { annotations } : {}),
      ownerReferences: [controllerReference(pod)],
    },
    spec: template?.spec ?? {},
  };
  try {
    await client.persistentvolumeclaims.create(claim, { signal });
  } catch (error) {
    if (isAlreadyExists(error) || isNamespaceTerminating(error)) throw error;
    throw new Error(`create PVC ${name}: ${(error as Error).message}`, { cause: error });
  }
}
