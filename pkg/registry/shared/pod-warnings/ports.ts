/** What clients are told about ports that containers of one pod have in common. */
import type { ContainerPort, PodSpec } from "#api/types/core/v1";
import { containersOf } from "./containers.ts";

interface PlacedPort {
  readonly path: string;
  readonly port: ContainerPort;
}

export function portWarnings(path: string, spec: PodSpec): string[] {
  const ports = containersOf(path, spec).flatMap(({ path: here, container }) =>
    (container.ports ?? []).map((port, at) => ({ path: `${here}.ports[${at}]`, port })),
  );
  return [...numberWarnings(ports), ...nameWarnings(ports)];
}

function numberWarnings(ports: readonly PlacedPort[]): string[] {
  const byNumber = new Map<string, PlacedPort[]>();
  return ports.flatMap((placed) => {
    const { path, port } = placed;
    const key = `${port.containerPort}/${port.protocol}`;
    const others = byNumber.get(key) ?? [];
    byNumber.set(key, [...others, placed]);
    return [
      ...(port.hostIP && !port.hostPort ? [`${path}: hostIP set without hostPort: ${asUpstreamPrints(port)}`] : []),
      ...others.flatMap((other) => {
        const how = conflict(port, other.port);
        return how ? [`${path}: ${how} port definition with ${other.path}`] : [];
      }),
    ];
  });
}

/** Two ports of one number and protocol. */
function conflict(a: ContainerPort, b: ContainerPort): string | undefined {
  const [hostPort, otherPort] = [a.hostPort ?? 0, b.hostPort ?? 0];
  const [hostIp, otherIp] = [a.hostIP ?? "", b.hostIP ?? ""];
  if (hostIp === otherIp && hostPort === otherPort) return "duplicate";
  if (hostPort === 0 || otherPort === 0) return "overlapping";
  // Everywhere, and at one address: which one gets a connection there?
  if (hostPort === otherPort && (hostIp === "") !== (otherIp === "")) return "dangerously ambiguous";
  return undefined;
}

function asUpstreamPrints({ name = "", hostPort = 0, containerPort, protocol, hostIP = "" }: ContainerPort): string {
  return `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol ?? ""} HostIP:${hostIP}}`;
}

function nameWarnings(ports: readonly PlacedPort[]): string[] {
  const byName = new Map<string, string>();
  return ports.flatMap(({ path, port: { name } }) => {
    if (!name) return [];
    const other = byName.get(name);
    if (other === undefined) {
      byName.set(name, path);
      return [];
    }
    const which = `services and probes that select ports by name will use ${other}`;
    return [`${path}: duplicate port name ${JSON.stringify(name)} with ${other}, ${which}`];
  });
}
