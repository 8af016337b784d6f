/** What the API server of a cluster is told, in upstream's flags, and the addresses that others find things at. Pure. */
import { join } from "node:path";
import type { ClusterConfig } from "./config.ts";
import { pkiDir } from "./layout.ts";
import { addressOf } from "./node/containerd-config.ts";

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

/** Nobody but the cluster's own API servers has a certificate for its own etcd. */
const isSoleWriter = ({ apiServers, etcdServers, etcdSoleWriter }: ClusterConfig): boolean =>
  apiServers <= 1 && (etcdServers === "" || etcdSoleWriter);

/** The only one of these flags that is not upstream's. */
export const soleWriterFlag = "etcd-sole-writer";

function apiserver(config: ClusterConfig): Flags {
  const pki = pkiDir(config);
  return {
    ...etcdFlags(config),
    ...(isSoleWriter(config) ? { [soleWriterFlag]: "true" } : {}),
    "bind-address": config.bindAddress,
    "secure-port": String(config.securePort),
    "permit-port-sharing": String(config.apiServers > 1),
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

/** `--name=value` for each flag. */
export function apiserverArgs(config: ClusterConfig): string[] {
  return Object.entries(apiserver(config)).map(([name, value]) => `--${name}=${value}`);
}
