/** What one cluster is made of. `kubets up` writes it to `<data>/cluster.json`; every later command and process reads it there. */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSecret } from "#pkg/pki/index.ts";

export const componentNames = [
  "kube-apiserver",
  "kube-controller-manager",
  "kube-scheduler",
  "kubelet",
  "kube-proxy",
  "kube-dns",
] as const;
export type ComponentName = (typeof componentNames)[number];

export interface ClusterConfig {
  /** Name of the context in kubeconfigs. */
  readonly name: string;
  readonly dataDir: string;
  readonly runDir: string;
  readonly bindAddress: string;
  readonly securePort: number;
  /** Processes that serve that port together, over one etcd. */
  readonly apiServers: number;
  readonly serviceCidr: string;
  readonly clusterCidr: string;
  readonly clusterDomain: string;
  /** The address of the first node; found out when empty. */
  readonly nodeIp: string;
  readonly nodes: number;
  /** Empty: own etcd. */
  readonly etcdServers: string;
  readonly etcdCafile: string;
  readonly etcdCertfile: string;
  readonly etcdKeyfile: string;
  /** Nobody but this cluster's API server writes objects into `etcdServers`; of an own etcd that is known. */
  readonly etcdSoleWriter: boolean;
  readonly etcdPort: number;
  readonly etcdPeerPort: number;
  /** Empty: own containerd. */
  readonly containerRuntimeEndpoint: string;
  readonly kubeletPort: number;
  readonly kubeletHealthzPort: number;
  readonly controllerManagerPort: number;
  readonly schedulerPort: number;
  readonly proxyMetricsPort: number;
  readonly proxyHealthzPort: number;
  readonly dnsPort: number;
  /** Where containerd fetches `kubets.dev/...` from, on loopback. */
  readonly registryPort: number;
  readonly cgroupRoot: string;
  /** combined: one process for the API server, one for everything else; separate: one for each. */
  readonly layout: "combined" | "separate";
  /** Merge the admin context into the user's kubeconfig. */
  readonly mergeKubeconfig: boolean;
}

/** What every node runs beside its runtime. */
export const nodeParts = ["kubelet", "kube-proxy"] as const satisfies readonly ComponentName[];

export const defaults: ClusterConfig = {
  name: "kubets",
  dataDir: "/var/lib/kubets",
  runDir: "/run/kubets",
  bindAddress: "0.0.0.0",
  securePort: 6443,
  apiServers: 1,
  serviceCidr: "10.96.0.0/16",
  clusterCidr: "10.244.0.0/16",
  clusterDomain: "cluster.local",
  nodeIp: "",
  nodes: 1,
  etcdServers: "",
  etcdCafile: "",
  etcdCertfile: "",
  etcdKeyfile: "",
  etcdSoleWriter: false,
  etcdPort: 2379,
  etcdPeerPort: 2380,
  containerRuntimeEndpoint: "",
  kubeletPort: 10250,
  kubeletHealthzPort: 10248,
  controllerManagerPort: 10257,
  schedulerPort: 10259,
  proxyMetricsPort: 10249,
  proxyHealthzPort: 10256,
  dnsPort: 10053,
  registryPort: 10255,
  cgroupRoot: "/",
  layout: "combined",
  mergeKubeconfig: true,
};

export const configFile = (dataDir: string): string => join(dataDir, "cluster.json");

/** Returns what `up` wrote last, or undefined where no cluster ever was. */
export async function readConfig(dataDir: string): Promise<ClusterConfig | undefined> {
  let text: string;
  try {
    text = await readFile(configFile(dataDir), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  // A key that an older version did not write takes its default.
  return { ...defaults, ...(JSON.parse(text) as Partial<ClusterConfig>) };
}

export async function writeConfig(config: ClusterConfig): Promise<void> {
  await mkdir(config.dataDir, { recursive: true, mode: 0o755 });
  await writeSecret(configFile(config.dataDir), `${JSON.stringify(config, null, 2)}\n`);
}
