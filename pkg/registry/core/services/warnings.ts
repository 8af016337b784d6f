/** What of a Service does nothing, or will be refused one day. */
import type { Service, ServiceSpec } from "#api/types/core/v1";
import { addressWarnings, rangeWarnings } from "../../shared/addresses.ts";

const hintsKey = "service.kubernetes.io/topology-aware-hints";

export function serviceWarnings({ metadata, spec }: Readonly<Service>): string[] {
  const warnings: string[] = [];
  if (Object.hasOwn(metadata.annotations ?? {}, hintsKey)) {
    warnings.push(`annotation ${hintsKey} is deprecated, please use service.kubernetes.io/topology-mode instead`);
  }
  if (spec.clusterIP && spec.clusterIP !== "None") warnings.push(...addressesToWarnOf("clusterIPs", spec.clusterIPs));
  warnings.push(...ignoredByHeadless(spec));
  warnings.push(...addressesToWarnOf("externalIPs", spec.externalIPs));
  if (spec.loadBalancerIP) warnings.push(...addressWarnings("spec.loadBalancerIP", spec.loadBalancerIP));
  for (const [at, range] of (spec.loadBalancerSourceRanges ?? []).entries()) {
    warnings.push(...rangeWarnings(`spec.loadBalancerSourceRanges[${at}]`, range));
  }
  return [...warnings, ...ignoredByType(spec)];
}

const addressesToWarnOf = (field: string, addresses: readonly string[] | undefined): string[] =>
  (addresses ?? []).flatMap((address, at) => addressWarnings(`spec.${field}[${at}]`, address));

function ignoredByHeadless(spec: ServiceSpec): string[] {
  if (spec.type !== "ClusterIP" || spec.clusterIP !== "None") return [];
  const fields = [
    ...(spec.loadBalancerIP ? ["loadBalancerIP"] : []),
    ...(spec.externalIPs?.length ? ["externalIPs"] : []),
    ...(spec.sessionAffinity !== "None" ? ["SessionAffinity"] : []),
  ];
  return fields.map((field) => `spec.${field} is ignored for headless services`);
}

function ignoredByType({ type, externalIPs, externalName, trafficDistribution }: ServiceSpec): string[] {
  const warnings: string[] = [];
  const isName = type === "ExternalName";
  if (isName && externalIPs?.length) warnings.push('spec.externalIPs is ignored when spec.type is "ExternalName"');
  if (!isName && externalName) warnings.push('spec.externalName is ignored when spec.type is not "ExternalName"');
  if (trafficDistribution === "PreferClose") {
    warnings.push('spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"');
  }
  return warnings;
}

export const statusWarnings = ({ status }: Readonly<Service>): string[] =>
  (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }, at) =>
    ip ? addressWarnings(`status.loadBalancer.ingress[${at}]`, ip) : [],
  );
