import type { Service, ServiceSpec } from "#api/types/core/v1";

const stickySeconds = 10_800;

export function defaultService(service: Service): void {
  const { spec } = service;
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  else if (spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: stickySeconds } };
  }
  spec.type ||= "ClusterIP";
  for (const port of spec.ports ?? []) {
    port.protocol ||= "TCP";
    if (port.targetPort === undefined || port.targetPort === 0 || port.targetPort === "") port.targetPort = port.port;
  }
  const { type } = spec;
  if (isExternal(spec)) spec.externalTrafficPolicy ||= "Cluster";
  if (type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (type !== "LoadBalancer") return;
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const one of service.status?.loadBalancer?.ingress ?? []) if (one.ip) one.ipMode ??= "VIP";
}

/** Whether clients from outside the cluster may reach it. */
export const isExternal = ({ type, externalIPs }: ServiceSpec): boolean =>
  type === "LoadBalancer" || type === "NodePort" || (type === "ClusterIP" && (externalIPs?.length ?? 0) > 0);
export const needsClusterIp = ({ type }: ServiceSpec): boolean => type !== "ExternalName";
/** Whether its ports may have node ports, those asked for at least. */
export const hasNodePorts = ({ type }: ServiceSpec): boolean => type === "NodePort" || type === "LoadBalancer";
/** Whether a port that asks for none gets one. */
export const wantsNodePorts = (spec: ServiceSpec): boolean =>
  hasNodePorts(spec) && !(spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts === false);
export const needsHealthPort = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";
