/** The command line of each component: upstream's flag names, so that each also runs by hand the same way. Pure. */
import { join } from "node:path";
import type { ClusterConfig, ComponentName } from "./config.ts";
import { kubeconfig, nodeLayout, pkiDir } from "./layout.ts";
import { addressOf, podCidrOf } from "./node/containerd-config.ts";

type Flags = Readonly<Record<string, string>>;

export const apiServerUrl = (config: Pick<ClusterConfig, "securePort">): string =>
  `https://127.0.0.1:${config.securePort}`;
export const dnsServiceIp = (config: Pick<ClusterConfig, "serviceCidr">): string => addressOf(config.serviceCidr, 10);
export const apiServiceIp = (config: Pick<ClusterConfig, "serviceCidr">): string => addressOf(config.serviceCidr, 1);

function etcdFlags(config: ClusterConfig): Flags {
  const pki = pkiDir(config);
  if (config.etcdServers === "") {
    return {
      "etcd-servers": `https://127.0.0.1:${config.etcdPort}`,
      "etcd-cafile": join(pki, "etcd/ca.crt"),
      "etcd-certfile": join(pki, "apiserver-etcd-client.crt"),
      "etcd-keyfile": join(pki, "apiserver-etcd-client.key"),
    };
  }
  const tls = {
    "etcd-cafile": config.etcdCafile,
    "etcd-certfile": config.etcdCertfile,
    "etcd-keyfile": config.etcdKeyfile,
  };
  return { "etcd-servers": config.etcdServers, ...Object.fromEntries(Object.entries(tls).filter(([, v]) => v !== "")) };
}

function apiserver(config: ClusterConfig): Flags {
  const pki = pkiDir(config);
  return {
    ...etcdFlags(config),
    "bind-address": config.bindAddress,
    "secure-port": String(config.securePort),
    "advertise-address": config.nodeIp,
    "service-cluster-ip-range": config.serviceCidr,
    "tls-cert-file": join(pki, "apiserver.crt"),
    "tls-private-key-file": join(pki, "apiserver.key"),
    "client-ca-file": join(pki, "ca.crt"),
    "service-account-key-file": join(pki, "sa.pub"),
    "service-account-signing-key-file": join(pki, "sa.key"),
    "service-account-issuer": `https://kubernetes.default.svc.${config.clusterDomain}`,
    "requestheader-client-ca-file": join(pki, "front-proxy-ca.crt"),
    "requestheader-allowed-names": "front-proxy-client",
    "requestheader-extra-headers-prefix": "X-Remote-Extra-",
    "requestheader-group-headers": "X-Remote-Group",
    "requestheader-username-headers": "X-Remote-User",
    "proxy-client-cert-file": join(pki, "front-proxy-client.crt"),
    "proxy-client-key-file": join(pki, "front-proxy-client.key"),
    "kubelet-certificate-authority": join(pki, "ca.crt"),
    "kubelet-client-certificate": join(pki, "apiserver-kubelet-client.crt"),
    "kubelet-client-key": join(pki, "apiserver-kubelet-client.key"),
    "kubelet-preferred-address-types": "InternalIP,Hostname",
    "authorization-mode": "Node,RBAC",
    "allow-privileged": "true",
  };
}

function controllerManager(config: ClusterConfig): Flags {
  const pki = pkiDir(config);
  return {
    kubeconfig: kubeconfig(config, "controller-manager"),
    "bind-address": "127.0.0.1",
    "secure-port": String(config.controllerManagerPort),
    "root-ca-file": join(pki, "ca.crt"),
    "service-account-private-key-file": join(pki, "sa.key"),
    "cluster-signing-cert-file": join(pki, "ca.crt"),
    "cluster-signing-key-file": join(pki, "ca.key"),
    "cluster-cidr": config.clusterCidr,
    "service-cluster-ip-range": config.serviceCidr,
    // One replica by construction: nobody to elect against, and a restart need not wait for a lease to run out.
    "leader-elect": "false",
  };
}

function scheduler(config: ClusterConfig): Flags {
  return {
    kubeconfig: kubeconfig(config, "scheduler"),
    "bind-address": "127.0.0.1",
    "secure-port": String(config.schedulerPort),
    "leader-elect": "false",
  };
}

function kubelet(config: ClusterConfig): Flags {
  const pki = pkiDir(config);
  const node = nodeLayout(config, 1);
  const endpoint = config.containerRuntimeEndpoint;
  return {
    kubeconfig: kubeconfig(config, `kubelet-${node.name}`),
    "hostname-override": node.name,
    "node-ip": config.nodeIp,
    address: "0.0.0.0",
    port: String(config.kubeletPort),
    "healthz-port": String(config.kubeletHealthzPort),
    "root-dir": node.kubeletRoot,
    "pod-logs-dir": node.podLogsDir,
    "pod-manifest-path": node.manifestsDir,
    "container-runtime-endpoint": endpoint === "" ? `unix://${node.containerdSocket}` : endpoint,
    "client-ca-file": join(pki, "ca.crt"),
    "tls-cert-file": join(pki, `kubelet-${node.name}-serving.crt`),
    "tls-private-key-file": join(pki, `kubelet-${node.name}-serving.key`),
    "cluster-dns": dnsServiceIp(config),
    "cluster-domain": config.clusterDomain,
    "pod-cidr": podCidrOf(config, 1),
    "cgroup-driver": "cgroupfs",
    "cgroup-root": config.cgroupRoot,
  };
}

function proxy(config: ClusterConfig): Flags {
  return {
    kubeconfig: kubeconfig(config, "kube-proxy"),
    "proxy-mode": "nftables",
    "hostname-override": nodeLayout(config, 1).name,
    "cluster-cidr": config.clusterCidr,
    "metrics-bind-address": `127.0.0.1:${config.proxyMetricsPort}`,
    "healthz-bind-address": `0.0.0.0:${config.proxyHealthzPort}`,
  };
}

function dns(config: ClusterConfig): Flags {
  return {
    kubeconfig: kubeconfig(config, "kube-dns"),
    "bind-address": config.nodeIp,
    port: String(config.dnsPort),
    "cluster-domain": config.clusterDomain,
  };
}

const builders: Readonly<Record<ComponentName, (config: ClusterConfig) => Flags>> = {
  "kube-apiserver": apiserver,
  "kube-controller-manager": controllerManager,
  "kube-scheduler": scheduler,
  kubelet,
  "kube-proxy": proxy,
  "kube-dns": dns,
};

/** `--name=value` for each flag. */
export function componentArgs(config: ClusterConfig, component: ComponentName): string[] {
  return Object.entries(builders[component](config)).map(([name, value]) => `--${name}=${value}`);
}
