/** The files that containerd and its CNI plugins read. Pure text builders. */
import type { ClusterConfig } from "../config.ts";
import type { NodeLayout } from "../layout.ts";

export const pauseImage = "kubets.dev/pause:latest";
export const registryHost = "kubets.dev";

const quote = (text: string): string => JSON.stringify(text);

/** containerd 1.6 and 1.7 (config version 2). */
export function buildContainerdConfig(node: NodeLayout, cniBinDir: string): string {
  return `version = 2
root = ${quote(node.containerdRoot)}
state = ${quote(node.containerdState)}
disabled_plugins = [
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper",
  "io.containerd.snapshotter.v1.zfs", "io.containerd.tracing.processor.v1.otlp",
]

[grpc]
  address = ${quote(node.containerdSocket)}

[plugins."io.containerd.internal.v1.opt"]
  path = ${quote(`${node.containerdRoot}/opt`)}

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = ${quote(pauseImage)}
  # A machine without CAP_SYS_RESOURCE refuses negative scores.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_unprivileged_ports = true
  enable_unprivileged_icmp = true
  disable_apparmor = true

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = ${quote(cniBinDir)}
    conf_dir = ${quote(node.cniConfDir)}

  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = ${quote(node.certsDir)}

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
      SystemdCgroup = false
`;
}

/** `certs.d/kubets.dev/hosts.toml`: the built-in images come from our own registry on loopback. */
export function buildRegistryHosts(address: string, port: number): string {
  const url = quote(`http://${address}:${port}`);
  return `server = ${url}\n\n[host.${url}]\n  capabilities = ["pull", "resolve"]\n`;
}

export interface CniRequest {
  readonly bridge: string;
  /** The node's part of the pod range. */
  readonly podCidr: string;
  readonly node: Pick<NodeLayout, "cniStateDir">;
}

/** The bridge network. Masquerading is one rule a node (see network.ts), not a chain a pod, so `ipMasq` stays off here. */
export function buildCniConfig(request: CniRequest): string {
  const config = {
    cniVersion: "0.4.0",
    name: "kubets",
    plugins: [
      {
        type: "bridge",
        bridge: request.bridge,
        isGateway: true,
        ipMasq: false,
        hairpinMode: true,
        ipam: {
          type: "host-local",
          dataDir: request.node.cniStateDir,
          ranges: [[{ subnet: request.podCidr }]],
          routes: [{ dst: "0.0.0.0/0" }],
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/** Pure: the i-th /24 (from 1) of the pod range; throws when the range is too small. */
export function podCidrOf(config: Pick<ClusterConfig, "clusterCidr">, index: number): string {
  const [address = "", prefix = ""] = config.clusterCidr.split("/");
  const size = 24 - Number(prefix);
  if (!Number.isInteger(size) || size < 0 || index > 2 ** size) {
    throw new Error(`the pod range ${config.clusterCidr} has no room for node ${index}`);
  }
  const base = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  const start = base + (index - 1) * 256;
  return `${[24, 16, 8, 0].map((shift) => Math.floor(start / 2 ** shift) % 256).join(".")}/24`;
}

/** The n-th address of a range; the first (n = 1) of the service range is the API server's. */
export function addressOf(cidr: string, n: number): string {
  const base = (cidr.split("/")[0] ?? "").split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
  return [24, 16, 8, 0].map((shift) => Math.floor((base + n) / 2 ** shift) % 256).join(".");
}
