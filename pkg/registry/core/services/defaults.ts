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
  if (type === "NodePort" || type === "LoadBalancer") spec.externalTrafficPolicy ||= "Cluster";
  if (type !== "ExternalName") spec.internalTrafficPolicy ??= "Cluster";
  if (type === "LoadBalancer") spec.allocateLoadBalancerNodePorts ??= true;
}

/**
 * One IPv4 range: every service with an address is single stack, unless it says otherwise. Part of allocating, not of
 * defaulting: what it fills in is not the client's.
 */
export function defaultFamilies({ spec }: Service): void {
  if (spec.type === "ExternalName") return;
  if (spec.clusterIP === "None" || spec.clusterIPs?.[0] === "None") {
    spec.clusterIP = "None";
    spec.clusterIPs = ["None"];
  } else if (spec.clusterIP && !spec.clusterIPs) spec.clusterIPs = [spec.clusterIP];
  else if (spec.clusterIPs?.[0] && !spec.clusterIP) spec.clusterIP = spec.clusterIPs[0];
  spec.ipFamilyPolicy ??= "SingleStack";
  if (!spec.ipFamilies || spec.ipFamilies.length === 0) {
    spec.ipFamilies = [spec.clusterIP?.includes(":") ? "IPv6" : "IPv4"];
  }
}

export const needsClusterIp = ({ type }: ServiceSpec): boolean => type !== "ExternalName";
export const needsNodePort = (spec: ServiceSpec): boolean =>
  spec.type === "NodePort" || (spec.type === "LoadBalancer" && spec.allocateLoadBalancerNodePorts !== false);
export const needsHealthPort = (spec: ServiceSpec): boolean =>
  spec.type === "LoadBalancer" && spec.externalTrafficPolicy === "Local";

/** An update that leaves out what was allocated keeps it; a change of type drops what the new one has no use for. */
export function keepAllocated(service: Service, old: Readonly<Service>): void {
  const { spec } = service;
  if (needsClusterIp(spec) && needsClusterIp(old.spec)) {
    if (!spec.clusterIP && old.spec.clusterIP) spec.clusterIP = old.spec.clusterIP;
    if (!spec.clusterIPs && old.spec.clusterIPs) spec.clusterIPs = [...old.spec.clusterIPs];
    // Clients that know one address only change that one.
    const isListKept = JSON.stringify(spec.clusterIPs) === JSON.stringify(old.spec.clusterIPs);
    if (isListKept && spec.clusterIP && spec.clusterIP !== old.spec.clusterIP && spec.clusterIPs) {
      spec.clusterIPs = [spec.clusterIP, ...spec.clusterIPs.slice(1)];
    }
  }
  if (needsNodePort(spec) && needsNodePort(old.spec)) keepNodePorts(spec, old.spec);
  if (needsHealthPort(spec) && needsHealthPort(old.spec) && !spec.healthCheckNodePort && old.spec.healthCheckNodePort) {
    spec.healthCheckNodePort = old.spec.healthCheckNodePort;
  }
  if (needsClusterIp(spec) && needsClusterIp(old.spec)) {
    if (!spec.ipFamilies?.length && old.spec.ipFamilies) spec.ipFamilies = [...old.spec.ipFamilies];
    if (old.spec.ipFamilyPolicy) spec.ipFamilyPolicy ??= old.spec.ipFamilyPolicy;
  }
  dropUnused(spec, old.spec);
  defaultFamilies(service);
}

function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const known = new Map((old.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
  const taken = new Set((spec.ports ?? []).map((port) => `${port.protocol}/${port.nodePort}`));
  for (const port of spec.ports ?? []) {
    const before = known.get(`${port.protocol}/${port.port}`);
    if (!port.nodePort && before && !taken.has(`${port.protocol}/${before}`)) port.nodePort = before;
  }
}

function dropUnused(spec: ServiceSpec, old: ServiceSpec): void {
  if (!needsClusterIp(spec) && needsClusterIp(old)) {
    if (spec.clusterIP === old.clusterIP) delete spec.clusterIP;
    if (JSON.stringify(spec.clusterIPs) === JSON.stringify(old.clusterIPs)) delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
    delete spec.internalTrafficPolicy;
  }
  const couldHavePorts = spec.type === "NodePort" || spec.type === "LoadBalancer";
  if (!couldHavePorts && needsNodePort(old)) {
    const before = new Map((old.ports ?? []).map((port) => [`${port.protocol}/${port.port}`, port.nodePort]));
    for (const port of spec.ports ?? []) {
      if (port.nodePort === before.get(`${port.protocol}/${port.port}`)) delete port.nodePort;
    }
    if (spec.externalTrafficPolicy === old.externalTrafficPolicy) delete spec.externalTrafficPolicy;
  }
  if (spec.type !== "LoadBalancer") delete spec.allocateLoadBalancerNodePorts;
  if (!needsHealthPort(spec) && spec.healthCheckNodePort === old.healthCheckNodePort) delete spec.healthCheckNodePort;
}
