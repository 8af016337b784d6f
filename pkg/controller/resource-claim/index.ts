/** Makes the claims to devices that pods need, and takes them back. */
import { resources } from "#api/gen/resources.ts";
import type { Pod } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import type { Controller } from "../framework/controller.ts";
import { onChange } from "../framework/wiring.ts";
import { reconcileClaim } from "./claims.ts";
import { isDone, usedClaims } from "./plan.ts";
import { byPod, PodClaims, podIndex } from "./pods.ts";

const byClaim = "resourceclaim";
const claimKeys = (pod: Readonly<Pod>): string[] => usedClaims(pod).map((name) => `${pod.metadata.namespace}/${name}`);
const hasClaims = ({ spec, status }: Readonly<Pod>): boolean =>
  (spec.resourceClaims?.length ?? 0) > 0 || status?.extendedResourceClaimStatus !== undefined;

export const resourceClaim: Controller = {
  name: "resourceclaim-controller",
  build(context) {
    const podQueue = context.queue("resource_claim_pods");
    const claimQueue = context.queue("resource_claim");
    const pods = context.informers.informer(resources.pods);
    const claims = context.informers.informer(resources.resourceclaims);
    pods.addIndex(byClaim, claimKeys);
    claims.addIndex(byPod, podIndex);
    const changed = (pod: Readonly<Pod>) => {
      if (!hasClaims(pod)) return;
      if (isDone(pod)) for (const key of claimKeys(pod)) claimQueue.add(key);
      else if (!pod.metadata.deletionTimestamp) podQueue.add(keyOf(pod));
    };
    pods.addHandler({
      added: changed,
      updated: changed,
      deleted: (pod) => {
        for (const key of claimKeys(pod)) claimQueue.add(key);
      },
    });
    onChange(claims, (claim) => {
      claimQueue.add(keyOf(claim));
      for (const pod of pods.byIndex(byClaim, keyOf(claim))) changed(pod);
    });
    // A pod may have come before the template that it names.
    context.informers.informer(resources.resourceclaimtemplates).addHandler({
      added: ({ metadata }) => {
        for (const pod of pods.list(metadata.namespace)) {
          if (pod.spec.resourceClaims?.some((claim) => claim.resourceClaimTemplateName === metadata.name)) changed(pod);
        }
      },
    });
    const podClaims = new PodClaims(context);
    return {
      loops: [
        { queue: podQueue, workers: 10, reconcile: (key, signal) => podClaims.reconcile(key, signal) },
        { queue: claimQueue, workers: 10, reconcile: (key, signal) => reconcileClaim(context, key, signal) },
      ],
    };
  },
};
