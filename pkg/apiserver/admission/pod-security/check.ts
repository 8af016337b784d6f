/**
 * What a check of the Pod Security Standards is. A check belongs to a level and may have been revised in later releases:
 * a namespace that pins a version gets the revision that was in force then.
 */

import type { Container, EphemeralContainer, PodSpec } from "#api/types/core/v1";
import type { ObjectMeta } from "#api/types/meta/v1";

/** What is examined: a pod, or the template of one. */
export interface PodShape {
  readonly metadata?: Pick<ObjectMeta, "annotations">;
  readonly spec: Readonly<PodSpec>;
}

export interface Violation {
  /** Short, for lists of many pods: `host namespaces`. */
  readonly reason: string;
  /** What exactly, for one pod: `hostNetwork=true`. */
  readonly detail: string;
}

/** Undefined: nothing is wrong. Must not change the pod. */
export type Examine = (pod: PodShape) => Violation | undefined;

export interface Revision {
  /** The minor release of v1 in which it came into force. */
  readonly since: number;
  readonly examine: Examine;
  /** The name of a baseline check that this one makes superfluous. */
  readonly replaces?: string;
}

export interface Check {
  /** Upstream's identifier: violations are told in the order of these. */
  readonly name: string;
  /** The oldest first. */
  readonly revisions: readonly Revision[];
}

export type AnyContainer = Container | EphemeralContainer;

/** In the order in which messages name them. */
export const containersOf = ({ initContainers, containers, ephemeralContainers }: PodShape["spec"]): AnyContainer[] => [
  ...(initContainers ?? []),
  ...(containers ?? []),
  ...(ephemeralContainers ?? []),
];

/** Names of the containers for which it holds. */
export const containersWhere = (spec: PodShape["spec"], holds: (container: AnyContainer) => boolean): string[] =>
  containersOf(spec)
    .filter(holds)
    .map(({ name }) => name);

/** Pods of Windows cannot set what only Linux has. */
export const isForWindows = ({ spec }: PodShape): boolean => spec.os?.name === "windows";

/** Root of a user namespace is nobody on the node. */
export const isInUserNamespace = ({ spec }: PodShape): boolean => spec.hostUsers === false;

/** A revision that lets pass whom a release began to exempt. */
export const unless =
  (isExempt: (pod: PodShape) => boolean, examine: Examine): Examine =>
  (pod) =>
    isExempt(pod) ? undefined : examine(pod);
