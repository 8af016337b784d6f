/**
 * How each component is started. Ours and upstream's get the same command line: that is what swapping means. The few flags
 * below that only one of them gets are each given with the reason.
 */
import { join } from "node:path";
import { stringify } from "yaml";
import { apiserverArgs, dnsServiceIp, soleWriterFlag } from "#pkg/cluster/apiserver-flags.ts";
import type { ClusterConfig } from "#pkg/cluster/config.ts";
import { kubeconfig, nodeLayout, pkiDir } from "#pkg/cluster/layout.ts";
import { kubeletUser, nodeAddress, nodeCgroupRoot, nodeNetns, proxyUser } from "#pkg/cluster/node/places.ts";
import { pkiPaths } from "#pkg/pki/index.ts";
import type { Maker, Swappable } from "./combination.ts";

const root = new URL("../..", import.meta.url).pathname;

export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

type Flags = Readonly<Record<string, string>>;

export const kubeletConfigFile = (config: ClusterConfig, index: number): string =>
  join(config.dataDir, `kubelet-${index}.yaml`);

/** What the kubelet of a node reads with `--config`. */
export function kubeletConfiguration(config: ClusterConfig, index: number): string {
  const node = nodeLayout(config, index);
  const pki = (path: string) => join(pkiDir(config), path);
  const serving = pki(pkiPaths.kubeletServing(node.name));
  return stringify({
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true, cacheTTL: "2m0s" },
      x509: { clientCAFile: pki("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    cgroupDriver: "cgroupfs",
    cgroupRoot: nodeCgroupRoot(config, index),
    clusterDNS: [dnsServiceIp(config)],
    clusterDomain: config.clusterDomain,
    containerRuntimeEndpoint: `unix://${node.containerdSocket}`,
    failCgroupV1: false,
    failSwapOn: false,
    podLogsDir: node.podLogsDir,
    resolvConf: "/etc/resolv.conf",
    staticPodPath: node.manifestsDir,
    syncFrequency: "1m0s",
    tlsCertFile: `${serving}.crt`,
    tlsPrivateKeyFile: `${serving}.key`,
    volumePluginDir: join(config.dataDir, "volume-plugins"),
  });
}

function controllerManager(config: ClusterConfig): Flags {
  const own = kubeconfig(config, "controller-manager");
  const pki = (path: string) => join(pkiDir(config), path);
  return {
    kubeconfig: own,
    "authentication-kubeconfig": own,
    "authorization-kubeconfig": own,
    "bind-address": "127.0.0.1",
    "root-ca-file": pki("ca.crt"),
    "service-account-private-key-file": pki("sa.key"),
    "use-service-account-credentials": "true",
    "cluster-signing-cert-file": pki("ca.crt"),
    "cluster-signing-key-file": pki("ca.key"),
    "cluster-cidr": config.clusterCidr,
    "service-cluster-ip-range": config.serviceCidr,
  };
}

function scheduler(config: ClusterConfig): Flags {
  const own = kubeconfig(config, "scheduler");
  return {
    kubeconfig: own,
    "authentication-kubeconfig": own,
    "authorization-kubeconfig": own,
    "bind-address": "127.0.0.1",
  };
}

function kubelet(config: ClusterConfig, index: number): Flags {
  const node = nodeLayout(config, index);
  return {
    config: kubeletConfigFile(config, index),
    kubeconfig: kubeconfig(config, kubeletUser(config, index)),
    "hostname-override": node.name,
    "node-ip": nodeAddress(config, index),
    "root-dir": node.kubeletRoot,
  };
}

function proxy(config: ClusterConfig, maker: Maker, index: number): Flags {
  return {
    kubeconfig: kubeconfig(config, proxyUser(index)),
    "hostname-override": nodeLayout(config, index).name,
    "cluster-cidr": config.clusterCidr,
    "proxy-mode": "nftables",
    "healthz-bind-address": `0.0.0.0:${config.proxyHealthzPort}`,
    "metrics-bind-address": `127.0.0.1:${config.proxyMetricsPort}`,
    // Upstream's tunes the machine's connection tracking, which is not the sandbox's to do; ours never does.
    ...(maker === "upstream"
      ? {
          "conntrack-max-per-core": "0",
          "conntrack-min": "0",
          "conntrack-tcp-timeout-established": "0s",
          "conntrack-tcp-timeout-close-wait": "0s",
        }
      : {}),
  };
}

export interface Wanted {
  readonly component: Swappable;
  readonly maker: Maker;
  /** Which node's, of those that every node has; 1 when absent. */
  readonly node?: number;
}

function argsOf(config: ClusterConfig, { component, maker, node = 1 }: Wanted): readonly string[] {
  if (component === "kube-apiserver") {
    // Upstream's asks etcd always.
    return apiserverArgs(config).filter((arg) => maker === "ours" || !arg.startsWith(`--${soleWriterFlag}=`));
  }
  const flags = {
    "kube-controller-manager": () => controllerManager(config),
    "kube-scheduler": () => scheduler(config),
    kubelet: () => kubelet(config, node),
    "kube-proxy": () => proxy(config, maker, node),
  }[component]();
  return Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
}

/** `upstreamDir` holds upstream's programs by their names. A further node's run in its network namespace. */
export function commandOf(config: ClusterConfig, wanted: Wanted, upstreamDir: string): Command {
  const { component, maker, node = 1 } = wanted;
  const args = argsOf(config, wanted);
  const command =
    maker === "upstream"
      ? { file: join(upstreamDir, component), args }
      : { file: process.execPath, args: [join(root, "cmd", component, "main.ts"), ...args] };
  if (node === 1) return command;
  return { file: "nsenter", args: [`--net=${nodeNetns(config, node)}`, "--", command.file, ...command.args] };
}

/** Upstream's clusters have no DNS of their own making either: this one serves both. */
export function dnsCommand(config: ClusterConfig): Command {
  const flags = {
    kubeconfig: kubeconfig(config, "kube-dns"),
    domain: config.clusterDomain,
    "dns-bind-address": config.nodeIp,
    "dns-port": String(config.dnsPort),
  };
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return { file: process.execPath, args: [join(root, "cmd/kube-dns/main.ts"), ...args] };
}
