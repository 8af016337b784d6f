/** Flags of `kubets`, each a field of the cluster's configuration. */
import type { Options } from "yargs";
import type { ClusterConfig } from "#pkg/cluster/config.ts";

const text = (describe: string): Options => ({ type: "string", describe });
const count = (describe: string): Options => ({ type: "number", describe });

/** Where the cluster lives; every command takes these. */
export const placeFlags = {
  "data-dir": { ...text("state of the cluster"), default: "/var/lib/kubets" },
} as const satisfies Record<string, Options>;

/** What `up` takes. Without a flag the value of the last `up` stays. */
export const upFlags: Readonly<Record<string, Options>> = {
  name: text("name of the context in kubeconfigs (kubets)"),
  "run-dir": text("pid files and sockets (/run/kubets)"),
  "bind-address": text("address that the API server listens on (0.0.0.0)"),
  "secure-port": count("port of the API server (6443)"),
  "api-servers": count("how many processes serve that port together (1)"),
  "service-cidr": text("range of Service addresses (10.96.0.0/16)"),
  "cluster-cidr": text("range of pod addresses (10.244.0.0/16)"),
  "cluster-domain": text("DNS domain of the cluster (cluster.local)"),
  "node-ip": text("address of the node (that of the default route)"),
  nodes: count("how many nodes; each further one is a network namespace of its own (1)"),
  "etcd-servers": text("use this etcd instead of an own one"),
  "etcd-cafile": text("authority of that etcd"),
  "etcd-certfile": text("client certificate for that etcd"),
  "etcd-keyfile": text("its key"),
  "etcd-sole-writer": {
    type: "boolean",
    describe: "nobody else writes objects into that etcd: it is asked less (false)",
  },
  "etcd-port": count("port of the own etcd (2379)"),
  "etcd-peer-port": count("peer port of the own etcd (2380)"),
  "container-runtime-endpoint": text("use this CRI socket instead of an own containerd"),
  "kubelet-port": count("port of the kubelet (10250)"),
  "kubelet-healthz-port": count("port of the kubelet's health check (10248)"),
  "controller-manager-port": count("port of the controller manager (10257)"),
  "scheduler-port": count("port of the scheduler (10259)"),
  "proxy-metrics-port": count("port of the service proxy's metrics (10249)"),
  "proxy-healthz-port": count("port of the service proxy's health check (10256)"),
  "dns-port": count("port of the cluster DNS on the node (10053)"),
  "registry-port": count("port that serves the built-in images (10255)"),
  "cgroup-root": text("control group under which pods run (/)"),
  layout: { ...text("combined: two processes; separate: one a component"), choices: ["combined", "separate"] },
  "merge-kubeconfig": { type: "boolean", describe: "add the context to the user's kubeconfig (true)" },
};

const camel = (flag: string): string => flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Lays the flags that were given over `base`. */
export function configWith(base: ClusterConfig, flags: Readonly<Record<string, unknown>>): ClusterConfig {
  const given = Object.keys(upFlags)
    .filter((flag) => flags[flag] !== undefined)
    .map((flag) => [camel(flag), flags[flag]]);
  return { ...base, ...Object.fromEntries(given), dataDir: String(flags["data-dir"] ?? base.dataDir) };
}
