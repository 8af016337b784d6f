/** Tells who waits for a bigger volume that a resizer outside of this program has to make it; nothing here can. */
import { resources } from "#api/gen/resources.ts";
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { done } from "#pkg/client/index.ts";
import type { Controller } from "../framework/controller.ts";

const zero = "0";

/** Whether a bound claim asks for more than it has. */
export function wantsMore({ spec, status }: Readonly<PersistentVolumeClaim>): boolean {
  if (!spec?.volumeName || status?.phase !== "Bound") return false;
  const wanted = parseQuantity(spec.resources?.requests?.["storage"] ?? zero);
  return wanted.compare(parseQuantity(status.capacity?.["storage"] ?? zero)) > 0;
}

export const persistentVolumeExpander: Controller = {
  name: "persistentvolume-expander-controller",
  build(context) {
    const queue = context.queue("volume_expand");
    const claims = context.informers.informer(resources.persistentvolumeclaims);
    const volumes = context.informers.informer(resources.persistentvolumes);
    const recorder = context.recorder("volume_expand");
    claims.addHandler({
      updated: (claim, old) => {
        const [now, before] = [claim, old].map(({ spec }) =>
          parseQuantity(spec?.resources?.requests?.["storage"] ?? zero),
        );
        if (now && before && now.compare(before) > 0) queue.add(keyOf(claim));
      },
    });
    return {
      loops: [
        {
          queue,
          workers: 1,
          reconcile(key) {
            const claim = claims.get(key);
            const volume = volumes.get(claim?.spec?.volumeName ?? "");
            if (claim && wantsMore(claim) && volume?.spec?.claimRef?.uid === claim.metadata.uid) {
              recorder.normal(claim, "ExternalExpanding", "waiting for an external controller to expand this PVC");
            }
            return Promise.resolve(done);
          },
        },
      ],
    };
  },
};
