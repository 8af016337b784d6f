/** Fields of features that are off, as upstream's are by default: taken and not kept, in pods and in templates. */
import type { PodSpec } from "#api/types/core/v1";

export function dropDisabledPodFields(spec: PodSpec | undefined): void {
  if (!spec) return;
  delete spec.workloadRef;
  for (const container of [
    ...(spec.initContainers ?? []),
    ...(spec.containers ?? []),
    ...(spec.ephemeralContainers ?? []),
  ]) {
    if (container.lifecycle?.stopSignal === undefined) continue;
    delete container.lifecycle.stopSignal;
    if (Object.keys(container.lifecycle).length === 0) delete container.lifecycle;
  }
  for (const { projected } of spec.volumes ?? []) {
    for (const source of projected?.sources ?? []) {
      delete source.clusterTrustBundle;
      delete source.podCertificate;
    }
  }
}
