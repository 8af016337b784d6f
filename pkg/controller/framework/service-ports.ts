/** Where a port of a Service leads on one of its pods. Pure. */
import type { Pod, ServicePort } from "#api/types/core/v1";

/** Undefined when the target is a name that the pod has no port of. */
export function targetPortOf(
  { targetPort, port, protocol = "TCP" }: ServicePort,
  pod: Readonly<Pod>,
): number | undefined {
  if (typeof targetPort !== "string") return targetPort || port;
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === "Always");
  for (const container of [...pod.spec.containers, ...sidecars]) {
    const named = container.ports?.find((p) => p.name === targetPort && (p.protocol ?? "TCP") === protocol);
    if (named) return named.containerPort;
  }
  return undefined;
}
