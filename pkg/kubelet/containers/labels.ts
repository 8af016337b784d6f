/** Labels and annotations on sandboxes and containers: what a restarted kubelet knows them by. Names are upstream's. */
import type { Pod } from "#api/types/core/v1";
import { type AnyContainer, gracePeriodOf, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";

export const podNameLabel = "io.kubernetes.pod.name";
export const podNamespaceLabel = "io.kubernetes.pod.namespace";
export const podUidLabel = "io.kubernetes.pod.uid";
export const containerNameLabel = "io.kubernetes.container.name";

export const hashAnnotation = "io.kubernetes.container.hash";
export const restartCountAnnotation = "io.kubernetes.container.restartCount";
export const messagePathAnnotation = "io.kubernetes.container.terminationMessagePath";
export const messagePolicyAnnotation = "io.kubernetes.container.terminationMessagePolicy";
export const preStopAnnotation = "io.kubernetes.container.preStopHandler";
export const portsAnnotation = "io.kubernetes.container.ports";
export const graceAnnotation = "io.kubernetes.pod.terminationGracePeriod";
export const deletionGraceAnnotation = "io.kubernetes.pod.deletionGracePeriod";

export function podLabels(pod: Pod): Record<string, string> {
  return {
    ...pod.metadata.labels,
    [podNameLabel]: nameOf(pod),
    [podNamespaceLabel]: namespaceOf(pod),
    [podUidLabel]: uidOf(pod),
  };
}

export function containerLabels(pod: Pod, container: AnyContainer): Record<string, string> {
  return {
    [containerNameLabel]: container.name,
    [podNameLabel]: nameOf(pod),
    [podNamespaceLabel]: namespaceOf(pod),
    [podUidLabel]: uidOf(pod),
  };
}

export function containerAnnotations(pod: Pod, container: AnyContainer, restartCount: number): Record<string, string> {
  const { deletionGracePeriodSeconds } = pod.metadata;
  const preStop = container.lifecycle?.preStop;
  return {
    [hashAnnotation]: hashOf(container),
    [restartCountAnnotation]: String(restartCount),
    [messagePathAnnotation]: container.terminationMessagePath ?? "",
    [messagePolicyAnnotation]: container.terminationMessagePolicy ?? "",
    [graceAnnotation]: String(pod.spec.terminationGracePeriodSeconds ?? gracePeriodOf(pod)),
    ...(deletionGracePeriodSeconds === undefined
      ? {}
      : { [deletionGraceAnnotation]: String(deletionGracePeriodSeconds) }),
    ...(preStop ? { [preStopAnnotation]: JSON.stringify(preStop) } : {}),
    ...(container.ports?.length ? { [portsAnnotation]: portsText(container) } : {}),
  };
}

function portsText(container: AnyContainer): string {
  const ports = (container.ports ?? []).map(({ name, hostPort, containerPort, protocol, hostIP }) => ({
    ...(name ? { name } : {}),
    ...(hostPort ? { hostPort } : {}),
    containerPort,
    protocol: protocol ?? "TCP",
    ...(hostIP ? { hostIP } : {}),
  }));
  return JSON.stringify(ports);
}

/**
 * What makes a running container out of date: its name and image. The value equals upstream's (FNV-1a over Go's print
 * of the JSON's bytes), so that either kubelet adopts the other's containers.
 */
export function hashOf(container: AnyContainer): string {
  const json = JSON.stringify({ image: container.image ?? "", name: container.name });
  const text = `([]uint8)[${[...Buffer.from(json)].join(" ")}]`;
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return hash.toString(16);
}
