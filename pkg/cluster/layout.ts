/** Where everything of a cluster lies on disk. Pure. */
import { join } from "node:path";
import type { ClusterConfig } from "./config.ts";

type Dirs = Pick<ClusterConfig, "dataDir" | "runDir">;

export const pkiDir = (c: Dirs): string => join(c.dataDir, "pki");
export const pidFile = (c: Dirs, name: string): string => join(c.runDir, `${name}.pid`);
/** The processes of the API server: the first has the component's own name. */
export const apiServerNames = ({ apiServers }: Pick<ClusterConfig, "apiServers">): string[] =>
  Array.from({ length: Math.max(1, apiServers) }, (_, i) => (i === 0 ? "kube-apiserver" : `kube-apiserver-${i + 1}`));
export const logFile = (c: Dirs, name: string): string => join(c.dataDir, "logs", `${name}.log`);
export const adminKubeconfig = (c: Dirs): string => join(c.dataDir, "admin.kubeconfig");
export const kubeconfig = (c: Dirs, user: string): string => join(c.dataDir, "kubeconfig", `${user}.kubeconfig`);
export const etcdDir = (c: Dirs): string => join(c.dataDir, "etcd");
export const cniCacheDir = (c: Dirs): string => join(c.dataDir, "cni", "cache");
export const imagesDir = (c: Dirs): string => join(c.dataDir, "images");
/** What claims of the cluster's own class keep, a directory for each volume. */
export const volumesDir = (c: Dirs): string => join(c.dataDir, "volumes");
/** While it exists nobody starts anything: `down` is at work or done. */
export const stoppingFile = (c: Dirs): string => join(c.runDir, "stopping");
/** One `up` or `down` at a time. */
export const lockName = (c: Dirs, what: string): string => `\0kubets${join(c.runDir, what)}`;

/** One node's own directories; the first node uses the cluster's own. */
export interface NodeLayout {
  readonly name: string;
  readonly containerdRoot: string;
  readonly containerdState: string;
  readonly containerdSocket: string;
  readonly containerdConfig: string;
  readonly certsDir: string;
  readonly cniConfDir: string;
  readonly cniStateDir: string;
  readonly kubeletRoot: string;
  readonly podLogsDir: string;
  readonly manifestsDir: string;
}

export function nodeLayout(c: Dirs, index: number): NodeLayout {
  const name = `node-${index}`;
  const data = index === 1 ? c.dataDir : join(c.dataDir, "nodes", name);
  const run = index === 1 ? c.runDir : join(c.runDir, "nodes", name);
  return {
    name,
    containerdRoot: join(data, "containerd"),
    containerdState: join(run, "containerd"),
    containerdSocket: join(run, "containerd.sock"),
    containerdConfig: join(data, "containerd.toml"),
    certsDir: join(data, "certs.d"),
    cniConfDir: join(data, "cni", "net.d"),
    cniStateDir: join(data, "cni", "networks"),
    kubeletRoot: join(data, "kubelet"),
    podLogsDir: join(data, "pods-logs"),
    manifestsDir: join(data, "manifests"),
  };
}
