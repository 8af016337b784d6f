/** What the runtime is told about a pod's sandbox. Pure. */

import { type Init, type PodSandboxConfig, Protocol } from "#api/cri/index.ts";
import type { Pod } from "#api/types/core/v1";
import type { Paths } from "../paths.ts";
import { containersOf, isHostNetwork, nameOf, namespaceOf, uidOf } from "../pods/pod.ts";
import { type Resolver, sandboxHostname } from "./dns.ts";
import { podLabels } from "./labels.ts";
import { declaredRequirements, limitsOf } from "./qos.ts";
import { sandboxSecurity } from "./security.ts";

export interface SandboxOptions {
  readonly paths: Paths;
  readonly clusterDomain: string;
  readonly resolver: Resolver;
  /** `/kubepods/burstable/pod<uid>`; empty where the node has no pod cgroups. */
  readonly cgroupParent: string;
  readonly attempt: number;
}

/** Throws Error when the pod's hostname cannot be made. */
export function buildSandboxConfig(pod: Pod, options: SandboxOptions): Init<PodSandboxConfig> {
  const { paths, resolver, cgroupParent, attempt } = options;
  const uid = uidOf(pod);
  const sysctls = pod.spec.securityContext?.sysctls ?? [];
  return {
    metadata: { name: nameOf(pod), uid, namespace: namespaceOf(pod), attempt },
    hostname: isHostNetwork(pod) ? "" : sandboxHostname(pod, options.clusterDomain),
    logDirectory: paths.podLogs({ namespace: namespaceOf(pod), name: nameOf(pod), uid }),
    dnsConfig: resolver,
    portMappings: isHostNetwork(pod) ? [] : portMappings(pod),
    labels: podLabels(pod),
    annotations: pod.metadata.annotations ?? {},
    linux: {
      cgroupParent,
      securityContext: sandboxSecurity(pod),
      sysctls: Object.fromEntries(sysctls.map(({ name, value }) => [name, value])),
      overhead: pod.spec.overhead ? limitsOf({ requests: pod.spec.overhead, limits: pod.spec.overhead }) : {},
      resources: limitsOf(declaredRequirements(pod)),
    },
  };
}

function portMappings(pod: Pod): Init<PodSandboxConfig>["portMappings"] {
  return containersOf(pod)
    .flatMap(({ container }) => container.ports ?? [])
    .filter(({ hostPort }) => hostPort)
    .map(({ protocol, containerPort, hostPort, hostIP }) => ({
      protocol: Protocol[(protocol ?? "TCP") as keyof typeof Protocol],
      containerPort,
      hostPort: hostPort ?? 0,
      hostIp: hostIP ?? "",
    }));
}
