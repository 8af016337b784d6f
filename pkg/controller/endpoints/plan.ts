/** The Endpoints of a Service from the pods that it selects. Pure. */
import type { EndpointAddress, EndpointPort, EndpointSubset, Pod, Service } from "#api/types/core/v1";
import { isReady, isTerminal } from "../framework/pods.ts";
import { targetPortOf } from "../framework/service-ports.ts";

/** Upstream's bound on addresses in one object; what is beyond is left out and the annotation says so. */
export const addressesMax = 1000;

interface Group {
  readonly ports: EndpointPort[];
  readonly addresses: EndpointAddress[];
  readonly notReadyAddresses: EndpointAddress[];
}

export function subsetsOf(service: Readonly<Service>, pods: readonly Readonly<Pod>[]): EndpointSubset[] {
  const groups = new Map<string, Group>();
  let count = 0;
  for (const pod of pods.toSorted((a, b) => (a.status?.podIP ?? "").localeCompare(b.status?.podIP ?? ""))) {
    const ready = service.spec.publishNotReadyAddresses || (isReady(pod) && !pod.metadata.deletionTimestamp);
    if (!pod.status?.podIP || isTerminal(pod) || (pod.metadata.deletionTimestamp && !ready) || count >= addressesMax)
      continue;
    count++;
    const ports = portsOf(service, pod);
    const key = JSON.stringify(ports);
    const group = groups.get(key) ?? { ports, addresses: [], notReadyAddresses: [] };
    groups.set(key, group);
    (ready ? group.addresses : group.notReadyAddresses).push(addressOf(service, pod));
  }
  return [...groups.values()].map(({ ports, addresses, notReadyAddresses }) => ({
    ...(addresses.length > 0 ? { addresses } : {}),
    ...(notReadyAddresses.length > 0 ? { notReadyAddresses } : {}),
    ...(ports.length > 0 ? { ports } : {}),
  }));
}

function addressOf(service: Readonly<Service>, { metadata, spec, status }: Readonly<Pod>): EndpointAddress {
  const { name = "", namespace = "", uid = "" } = metadata;
  return {
    ip: status?.podIP ?? "",
    ...(spec.hostname && spec.subdomain === service.metadata.name ? { hostname: spec.hostname } : {}),
    ...(spec.nodeName ? { nodeName: spec.nodeName } : {}),
    targetRef: { kind: "Pod", namespace, name, uid },
  };
}

function portsOf(service: Readonly<Service>, pod: Readonly<Pod>): EndpointPort[] {
  return (service.spec.ports ?? []).flatMap((port) => {
    const number = targetPortOf(port, pod);
    if (number === undefined) return [];
    return [
      {
        ...(port.name ? { name: port.name } : {}),
        port: number,
        protocol: port.protocol ?? "TCP",
        ...(port.appProtocol ? { appProtocol: port.appProtocol } : {}),
      },
    ];
  });
}
