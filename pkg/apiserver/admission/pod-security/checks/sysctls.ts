import type { Check, Examine } from "../check.ts";

/** What later releases found to be safe, by the minor release. */
const additions: readonly (readonly [since: number, names: readonly string[]])[] = [
  [
    0,
    [
      "kernel.shm_rmid_forced",
      "net.ipv4.ip_local_port_range",
      "net.ipv4.tcp_syncookies",
      "net.ipv4.ping_group_range",
      "net.ipv4.ip_unprivileged_port_start",
    ],
  ],
  [27, ["net.ipv4.ip_local_reserved_ports"]],
  [
    29,
    [
      "net.ipv4.tcp_keepalive_time",
      "net.ipv4.tcp_fin_timeout",
      "net.ipv4.tcp_keepalive_intvl",
      "net.ipv4.tcp_keepalive_probes",
    ],
  ],
  [32, ["net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"]],
];

const safeIn = (minor: number): ReadonlySet<string> =>
  new Set(additions.filter(([since]) => since <= minor).flatMap(([, names]) => names));

const examineWith =
  (safe: ReadonlySet<string>): Examine =>
  ({ spec }) => {
    const names = (spec.securityContext?.sysctls ?? []).map(({ name }) => name).filter((name) => !safe.has(name));
    return names.length === 0 ? undefined : { reason: "forbidden sysctls", detail: names.join(", ") };
  };

/** Only parameters of the kernel that concern nobody but the pod. */
export const sysctls: Check = {
  name: "sysctls",
  revisions: additions.map(([since]) => ({ since, examine: examineWith(safeIn(since)) })),
};
