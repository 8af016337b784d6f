/** What a StatefulSet says of its pods. Pure. */
import type { StatefulSet, StatefulSetStatus } from "#api/types/apps/v1";
import type { Pod } from "#api/types/core/v1";
import { compact } from "../framework/equal.ts";
import { isAvailable } from "../framework/pods.ts";
import { replicasOf, revisionOf } from "./identity.ts";
import { isRunningAndReady } from "./plan.ts";

export interface Revisions {
  /** Names. */
  readonly current: string;
  readonly update: string;
  readonly collisionCount: number;
}

export function statusOf(
  set: Readonly<StatefulSet>,
  pods: readonly Readonly<Pod>[],
  { current, update, collisionCount }: Revisions,
  now: number,
): StatefulSetStatus {
  const ready = pods.filter(isRunningAndReady);
  const ofRevision = (name: string) => staying(pods).filter((pod) => revisionOf(pod) === name).length;
  const updated = ofRevision(update);
  const isComplete =
    set.spec.updateStrategy?.type !== "OnDelete" &&
    updated === pods.length &&
    ready.length === pods.length &&
    updated === replicasOf(set);
  const orUndefined = (count: number) => (count === 0 ? undefined : count);
  return compact({
    observedGeneration: set.metadata.generation,
    replicas: pods.length,
    readyReplicas: orUndefined(ready.length),
    currentReplicas: orUndefined(isComplete ? updated : ofRevision(current)),
    updatedReplicas: orUndefined(updated),
    currentRevision: isComplete ? update : current,
    updateRevision: update,
    collisionCount,
    conditions: set.status?.conditions,
    availableReplicas: ready.filter((pod) => isAvailable(pod, set.spec.minReadySeconds ?? 0, now)).length,
  }) as StatefulSetStatus;
}

const staying = (pods: readonly Readonly<Pod>[]): Readonly<Pod>[] =>
  pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
