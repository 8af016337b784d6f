/**
 * Makes volumes that are directories of this machine's disk, for claims of classes that name this provisioner. It must run
 * where the nodes' file system is, so it is no controller of every controller manager.
 * Source of the protocol: https://github.com/kubernetes/design-proposals-archive/blob/main/storage/volume-provisioning.md
 */
import { resources } from "#api/gen/resources.ts";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import type { Controller } from "../framework/controller.ts";
import { enqueueSelf, onChange } from "../framework/wiring.ts";
import { removeEmpty } from "./directories.ts";
import { volumeNameOf } from "./plan.ts";
import { Provisioner } from "./provision.ts";
import { Releaser } from "./release.ts";

export interface LocalPathOptions {
  /** Holds the volumes' directories; made when it is needed. Absolute. */
  readonly directory: string;
}

export const localPath = ({ directory }: LocalPathOptions): Controller => ({
  name: "local-path-provisioner",
  build(context) {
    const { informers } = context;
    const claims = informers.informer(resources.persistentvolumeclaims);
    const volumes = informers.informer(resources.persistentvolumes);
    const classes = informers.informer(resources.storageclasses);
    informers.informer(resources.nodes);
    const claimQueue = context.queue("local_path_claims");
    const volumeQueue = context.queue("local_path_volumes");
    enqueueSelf(claims, claimQueue);
    enqueueSelf(volumes, volumeQueue);
    onChange(classes, ({ metadata }) => {
      for (const claim of claims.list()) if (classOf(claim) === metadata.name) claimQueue.add(keyOf(claim));
    });
    volumes.addHandler({
      deleted: ({ spec }) => {
        const { namespace, name } = spec?.claimRef ?? {};
        if (name) claimQueue.add(`${namespace}/${name}`);
      },
    });
    const provisioner = new Provisioner(context, directory);
    const releaser = new Releaser(context, directory);
    return {
      loops: [
        { queue: claimQueue, workers: 4, reconcile: (key, signal) => provisioner.reconcile(key, signal) },
        { queue: volumeQueue, workers: 4, reconcile: (key, signal) => releaser.reconcile(key, signal) },
      ],
      run: () =>
        removeEmpty(directory, () => {
          const claimed = [...claims.list()].map(volumeNameOf);
          return new Set([...claimed, ...[...volumes.list()].map(keyOf)]);
        }),
    };
  },
});
