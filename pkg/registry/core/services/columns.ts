import type { Service, ServicePort } from "#api/types/core/v1";
import { age, type Cells, labelsCell, nameOf, orNone } from "#pkg/apimachinery/table/cells.ts";

export const serviceCells: Cells<Service> = (service, now) => [
  nameOf(service),
  service.spec?.type ?? "",
  orNone(service.spec?.clusterIPs?.[0] ?? service.spec?.clusterIP),
  externalAddressOf(service),
  orNone((service.spec?.ports ?? []).map(portText).join(",")),
  age(service, now),
  labelsCell(service.spec?.selector),
];

const portText = ({ port, nodePort, protocol }: ServicePort): string =>
  nodePort ? `${port}:${nodePort}/${protocol}` : `${port}/${protocol}`;

function externalAddressOf({ spec, status }: Service): string {
  const external = spec?.externalIPs ?? [];
  switch (spec?.type) {
    case "ClusterIP":
    case "NodePort":
      return orNone(external.join(","));
    case "LoadBalancer":
      return [...addressesOf(status?.loadBalancer?.ingress ?? []), ...external].join(",") || "<pending>";
    case "ExternalName":
      return spec.externalName ?? "";
    default:
      return "<unknown>";
  }
}

/** Addresses and host names of a load balancer, each once, sorted. */
export function addressesOf(ingress: readonly { ip?: string; hostname?: string }[]): string[] {
  return [...new Set(ingress.map((i) => i.ip || i.hostname || "").filter((a) => a !== ""))].sort();
}
