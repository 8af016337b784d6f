/** Why a pod cannot have its claims at all, whatever the node. */
import { foreignClaim } from "#pkg/apimachinery/volumes/pod-claims.ts";
import type { KeyedClaim, PodInfo } from "../cache/types.ts";
import type { Storage } from "./storage.ts";

const quoted = (text: string | undefined): string => JSON.stringify(text ?? "");

export const claimNotFound = (name: string): string => `persistentvolumeclaim ${quoted(name)} not found`;

/** Upstream's words for the first claim that the pod cannot use; undefined when it may use all. */
export function claimProblem(pod: PodInfo, storage: Storage): string | undefined {
  for (const claim of pod.claims) {
    const problem = problemOf(claim, pod, storage);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function problemOf({ key, name, ephemeral }: KeyedClaim, { pod }: PodInfo, storage: Storage): string | undefined {
  const claim = storage.claims.watched(key);
  if (!claim) {
    return ephemeral
      ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted(name)}`
      : claimNotFound(name);
  }
  if (claim.status?.phase === "Lost") {
    return `persistentvolumeclaim ${quoted(name)} bound to non-existent persistentvolume ${quoted(claim.spec?.volumeName)}`;
  }
  if (claim.metadata.deletionTimestamp) return `persistentvolumeclaim ${quoted(name)} is being deleted`;
  return ephemeral ? foreignClaim(pod, claim) : undefined;
}
