/** The few readings of a pod that every room needs. */
import type { Container, EphemeralContainer, Pod } from "#api/types/core/v1";

export type AnyContainer = Container | EphemeralContainer;
export type ContainerKind = "init" | "regular" | "ephemeral";

export const uidOf = (pod: Pod): string => pod.metadata.uid ?? "";
export const namespaceOf = (pod: Pod): string => pod.metadata.namespace ?? "";
export const nameOf = (pod: Pod): string => pod.metadata.name ?? "";

/** `name_namespace(uid)`: how messages name a pod. */
export const formatPod = (pod: Pod): string => `${nameOf(pod)}_${namespaceOf(pod)}(${uidOf(pod)})`;

/** An init container that keeps running beside the pod's containers. */
export const isSidecar = (container: AnyContainer): boolean =>
  "restartPolicy" in container && container.restartPolicy === "Always";

export interface KindedContainer {
  readonly container: AnyContainer;
  readonly kind: ContainerKind;
}

export function containersOf(pod: Pod): KindedContainer[] {
  return [
    ...(pod.spec.initContainers ?? []).map((container) => ({ container, kind: "init" as const })),
    ...pod.spec.containers.map((container) => ({ container, kind: "regular" as const })),
    ...(pod.spec.ephemeralContainers ?? []).map((container) => ({ container, kind: "ephemeral" as const })),
  ];
}

const fieldPaths = { init: "initContainers", regular: "containers", ephemeral: "ephemeralContainers" } as const;

/** `spec.containers{name}`: where an Event about a container points. */
export const fieldPathOf = (kind: ContainerKind, name: string): string => `spec.${fieldPaths[kind]}{${name}}`;

export const isHostNetwork = (pod: Pod): boolean => pod.spec.hostNetwork === true;

export const configSourceAnnotation = "kubernetes.io/config.source";
export const configHashAnnotation = "kubernetes.io/config.hash";
export const configMirrorAnnotation = "kubernetes.io/config.mirror";

export const isStatic = (pod: Pod): boolean => {
  const source = pod.metadata.annotations?.[configSourceAnnotation];
  return source !== undefined && source !== "api";
};

export const isMirror = (pod: Pod): boolean => pod.metadata.annotations?.[configMirrorAnnotation] !== undefined;

/** system-cluster-critical and above: others make room for them. */
export const hasCriticalPriority = ({ spec }: Readonly<Pod>): boolean => (spec.priority ?? 0) >= 2_000_000_000;

/** What the node itself stands on: never evicted, and admitted when the node is short of something. */
export const isCritical = (pod: Readonly<Pod>): boolean => isStatic(pod) || isMirror(pod) || hasCriticalPriority(pod);

/** Seconds: the deletion's own grace wins over the spec's. */
export const gracePeriodOf = (pod: Pod): number =>
  pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30;
