/** What an update keeps though the client left it out, and what it drops though the client left it in. */
import type { Service, ServiceSpec } from "#api/types/core/v1";
import { sameMeaning } from "../../shared/semantic.ts";
import { normalizeClusterIps } from "./cluster-ips.ts";
import { hasNodePorts, isExternal, needsClusterIp, needsHealthPort } from "./defaults.ts";

/** Runs before anything is allocated. */
export function prepareServiceUpdate(service: Service, old: Readonly<Service>): void {
  keepAllocated(service.spec, old.spec);
  normalizeClusterIps(service, old);
  dropUnused(service, old.spec);
}

/** Clients that do not know of a field mean no change by leaving it out. */
function keepAllocated(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIp(spec) && needsClusterIp(old)) {
    if (!spec.clusterIP && old.clusterIP) spec.clusterIP = old.clusterIP;
    if (!spec.clusterIPs?.length && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (hasNodePorts(spec) && hasNodePorts(old)) keepNodePorts(spec, old);
  if (needsHealthPort(spec) && needsHealthPort(old) && !spec.healthCheckNodePort && old.healthCheckNodePort) {
    spec.healthCheckNodePort = old.healthCheckNodePort;
  }
}

/** Ports are the same when they have the same name. */
function keepNodePorts(spec: ServiceSpec, old: ServiceSpec): void {
  const before = new Map((old.ports ?? []).map(({ name = "", nodePort = 0 }) => [name, nodePort]));
  const numbers = new Set((old.ports ?? []).map(({ nodePort }) => nodePort));
  const used = new Set((spec.ports ?? []).map(({ nodePort }) => nodePort).filter((port) => numbers.has(port)));
  for (const port of spec.ports ?? []) {
    const known = before.get(port.name ?? "");
    if (!port.nodePort && known && !used.has(known)) port.nodePort = known;
  }
}

/** A type that has no use for a field loses it, unless the client changed it: then the rules speak. */
function dropUnused(service: Service, old: ServiceSpec): void {
  const { spec } = service;
  if (needsClusterIp(old) && !needsClusterIp(spec)) dropAddresses(spec, old);
  if (hasNodePorts(old) && !hasNodePorts(spec) && nodePorts(spec).symmetricDifference(nodePorts(old)).size === 0) {
    for (const port of spec.ports ?? []) delete port.nodePort;
  }
  if (needsHealthPort(old) && !needsHealthPort(spec)) dropSame(spec, old, "healthCheckNodePort");
  if (old.type === "LoadBalancer" && spec.type !== "LoadBalancer") {
    dropSame(spec, old, "allocateLoadBalancerNodePorts");
    dropSame(spec, old, "loadBalancerClass");
  }
  if (isExternal(old) && !isExternal(spec)) dropSame(spec, old, "externalTrafficPolicy");
  if (spec.type !== "LoadBalancer") service.status = { ...service.status, loadBalancer: {} };
}

const nodePorts = ({ ports = [] }: ServiceSpec): Set<number> =>
  new Set(ports.flatMap(({ nodePort }) => (nodePort ? [nodePort] : [])));

function dropAddresses(spec: ServiceSpec, old: ServiceSpec): void {
  if ((spec.clusterIP ?? "") === (old.clusterIP ?? "") && sameMeaning(spec.clusterIPs, old.clusterIPs)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  dropSame(spec, old, "ipFamilies");
  dropSame(spec, old, "ipFamilyPolicy");
}

function dropSame(spec: ServiceSpec, old: ServiceSpec, field: keyof ServiceSpec): void {
  if (sameMeaning(spec[field], old[field])) delete spec[field];
}
