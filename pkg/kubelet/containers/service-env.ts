/** `FOO_SERVICE_HOST` and its kin: the addresses of Services as environment variables. */
import type { Service } from "#api/types/core/v1";

/** Services that have a cluster address, as a pod of `namespace` sees them; `kubernetes` in `default` always counts. */
export function serviceEnvironment(
  services: Iterable<Readonly<Service>>,
  options: { readonly namespace: string; readonly serviceLinks: boolean },
): Map<string, string> {
  const chosen = new Map<string, Readonly<Service>>();
  for (const service of services) {
    const { name = "", namespace = "" } = service.metadata;
    const address = service.spec?.clusterIP;
    if (!address || address === "None") continue;
    const isMaster = namespace === "default" && name === "kubernetes";
    if (isMaster && !chosen.has(name)) chosen.set(name, service);
    else if (namespace === options.namespace && options.serviceLinks) chosen.set(name, service);
  }
  const variables = new Map<string, string>();
  for (const [name, service] of chosen) addService(variables, name, service);
  return variables;
}

const upper = (name: string): string => name.toUpperCase().replaceAll("-", "_");

function addService(variables: Map<string, string>, name: string, service: Readonly<Service>): void {
  const prefix = upper(name);
  const address = service.spec?.clusterIP ?? "";
  const ports = service.spec?.ports ?? [];
  const host = address.includes(":") ? `[${address}]` : address;
  variables.set(`${prefix}_SERVICE_HOST`, address);
  for (const [index, port] of ports.entries()) {
    const protocol = (port.protocol ?? "TCP").toLowerCase();
    const url = `${protocol}://${host}:${port.port}`;
    const portPrefix = `${prefix}_PORT_${port.port}_${protocol.toUpperCase()}`;
    if (index === 0) {
      variables.set(`${prefix}_SERVICE_PORT`, String(port.port));
      variables.set(`${prefix}_PORT`, url);
    }
    if (port.name) variables.set(`${prefix}_SERVICE_PORT_${upper(port.name)}`, String(port.port));
    variables.set(portPrefix, url);
    variables.set(`${portPrefix}_PROTO`, protocol);
    variables.set(`${portPrefix}_PORT`, String(port.port));
    variables.set(`${portPrefix}_ADDR`, address);
  }
}
