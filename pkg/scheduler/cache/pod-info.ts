import type { Pod } from "#api/types/core/v1";
import { keyOf } from "#pkg/apimachinery/object.ts";
import { podClaims } from "#pkg/apimachinery/volumes/pod-claims.ts";
import { podRequests, podRequestsForScoring } from "./resources.ts";
import type { HostPort, KeyedClaim, PodInfo } from "./types.ts";

export function podInfoOf(pod: Readonly<Pod>): PodInfo {
  const affinity = pod.spec.affinity;
  const antiTerms = affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? [];
  return {
    key: keyOf(pod),
    uid: pod.metadata.uid ?? "",
    pod,
    priority: pod.spec.priority ?? 0,
    requests: podRequests(pod),
    scoringRequests: podRequestsForScoring(pod),
    hostPorts: hostPortsOf(pod),
    tolerations: pod.spec.tolerations ?? [],
    labels: pod.metadata.labels ?? {},
    hasAffinity: affinity?.podAffinity !== undefined || affinity?.podAntiAffinity !== undefined,
    hasRequiredAntiAffinity: antiTerms.length > 0,
    claims: claimsOf(pod),
  };
}

const noClaims: readonly KeyedClaim[] = [];

function claimsOf(pod: Readonly<Pod>): readonly KeyedClaim[] {
  const claims = podClaims(pod);
  return claims.length === 0
    ? noClaims
    : claims.map((claim) => ({ ...claim, key: `${pod.metadata.namespace}/${claim.name}` }));
}

function hostPortsOf(pod: Readonly<Pod>): HostPort[] {
  const sidecars = pod.spec.initContainers?.filter((c) => c.restartPolicy === "Always") ?? [];
  return [...pod.spec.containers, ...sidecars].flatMap((container) =>
    (container.ports ?? [])
      .filter((port) => (port.hostPort ?? 0) > 0)
      .map((port) => ({ ip: port.hostIP || "0.0.0.0", protocol: port.protocol ?? "TCP", port: port.hostPort! })),
  );
}
