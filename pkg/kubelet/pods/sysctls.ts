/** Which kernel settings a pod may have: those that stay in its namespaces and that upstream calls safe, or that the node allows. */
import type { Pod } from "#api/types/core/v1";

const safe: readonly string[] = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
  "net.ipv4.ip_local_reserved_ports",
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
  "net.ipv4.tcp_rmem",
  "net.ipv4.tcp_wmem",
];

/** `net/ipv4/conf/eth0.1/x` and `net.ipv4.conf.eth0/1.x` are one name: slashes and dots change places where a slash comes first. */
function dotted(name: string): string {
  const separator = /[./]/.exec(name)?.[0];
  return separator === "/" ? name.replace(/[./]/g, (found) => (found === "/" ? "." : "/")) : name;
}

/** `*` at the end of an allowed name stands for any rest. */
const matches = (name: string, allowed: string): boolean =>
  allowed.endsWith("*") ? name.startsWith(dotted(allowed.slice(0, -1))) : name === dotted(allowed);

/** Pure: upstream's message for the first setting that must not be, or undefined. */
export function forbiddenSysctl(pod: Readonly<Pod>, allowedUnsafe: readonly string[]): string | undefined {
  const { securityContext, hostNetwork, hostIPC } = pod.spec;
  for (const { name: given } of securityContext?.sysctls ?? []) {
    const name = dotted(given);
    const isNet = name.startsWith("net.");
    if (![...safe, ...allowedUnsafe].some((allowed) => matches(name, allowed))) {
      return `forbidden sysctl: ${JSON.stringify(given)} not allowlisted`;
    }
    const shared = isNet && hostNetwork ? "net" : !isNet && hostIPC ? "ipc" : undefined;
    if (shared) return `forbidden sysctl: ${JSON.stringify(given)} not allowed with host ${shared} enabled`;
  }
  return undefined;
}
