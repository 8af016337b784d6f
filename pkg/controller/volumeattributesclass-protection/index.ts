/** Keeps a class of volume attributes that was deleted until no claim and no volume uses it any more. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { done, isNotFound, type Outcome } from "#pkg/client/index.ts";
import type { Controller, ControllerContext } from "../framework/controller.ts";
import { hasFinalizer, removeFinalizer } from "../framework/finalizers.ts";
import { enqueueSelf } from "../framework/wiring.ts";

const finalizer = "kubernetes.io/vac-protection";
const byClass = "volumeattributesclass";

const classesOfClaim = ({ spec, status }: Readonly<PersistentVolumeClaim>): string[] => {
  const target = status?.modifyVolumeStatus?.targetVolumeAttributesClassName;
  return [spec?.volumeAttributesClassName, status?.currentVolumeAttributesClassName, target].flatMap(
    (name) => name || [],
  );
};
const classesOfVolume = ({ spec }: Readonly<PersistentVolume>): string[] =>
  spec?.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];

export const volumeAttributesClassProtection: Controller = {
  name: "volumeattributesclass-protection-controller",
  build(context) {
    const { informers } = context;
    const queue = context.queue("vacprotection");
    enqueueSelf(informers.informer(resources.volumeattributesclasses), queue);
    const wake = (names: readonly string[]) => {
      for (const name of names) queue.add(name);
    };
    const claims = informers.informer(resources.persistentvolumeclaims);
    claims.addIndex(byClass, classesOfClaim);
    claims.addHandler({
      updated: (_, old) => wake(classesOfClaim(old)),
      deleted: (claim) => wake(classesOfClaim(claim)),
    });
    const volumes = informers.informer(resources.persistentvolumes);
    volumes.addIndex(byClass, classesOfVolume);
    volumes.addHandler({
      updated: (_, old) => wake(classesOfVolume(old)),
      deleted: (volume) => wake(classesOfVolume(volume)),
    });
    return { loops: [{ queue, workers: 2, reconcile: (name, signal) => reconcile(context, name, signal) }] };
  },
};

async function reconcile(
  { client, informers }: ControllerContext,
  name: string,
  signal: AbortSignal,
): Promise<Outcome> {
  const found = informers.informer(resources.volumeattributesclasses).get(name);
  if (!found) return done;
  const users = [resources.persistentvolumeclaims, resources.persistentvolumes].map((ref) =>
    informers.informer(ref as typeof resources.persistentvolumes),
  );
  const isUsed = users.some((cache) => [...cache.byIndex(byClass, name)].length > 0);
  if (found.metadata.deletionTimestamp) {
    if (hasFinalizer(found, finalizer) && !isUsed) {
      await removeFinalizer(client.volumeattributesclasses, found, finalizer, signal);
    }
    return done;
  }
  if (hasFinalizer(found, finalizer)) return done;
  const finalizers = [...(found.metadata.finalizers ?? []), finalizer];
  try {
    await client.volumeattributesclasses.update({ ...found, metadata: { ...found.metadata, finalizers } }, { signal });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
  return done;
}
