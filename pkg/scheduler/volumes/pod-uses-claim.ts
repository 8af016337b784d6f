import type { PodInfo } from "../cache/types.ts";

interface Address {
  readonly namespace?: string;
  readonly name?: string;
}

/** Whether a claim of this name is one of the pod's. */
export const usesClaim = (pod: PodInfo, { namespace, name }: Address): boolean =>
  pod.claims.some(({ key }) => key === `${namespace}/${name}`);
