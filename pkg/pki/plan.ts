/** Which authorities and leaves a cluster needs; kubeadm's names for the files, upstream's names for the users. */
import type { AuthoritySpec, LeafSpec } from "./model.ts";

export interface PkiNode {
  readonly name: string;
  readonly ip: string;
}

export interface PkiRequest {
  readonly clusterDomain: string;
  /** The first address of the service range, where pods find the API server. */
  readonly serviceIp: string;
  /** Further names and addresses that the API server is reached by. */
  readonly advertiseIps: readonly string[];
  readonly nodes: readonly PkiNode[];
}

export interface PkiPlan {
  readonly authorities: readonly AuthoritySpec[];
  readonly leaves: readonly LeafSpec[];
}

export const paths = {
  ca: "ca",
  frontProxyCa: "front-proxy-ca",
  etcdCa: "etcd/ca",
  etcdServer: "etcd/server",
  etcdPeer: "etcd/peer",
  etcdClient: "etcd/client",
  apiserver: "apiserver",
  apiserverEtcdClient: "apiserver-etcd-client",
  apiserverKubeletClient: "apiserver-kubelet-client",
  frontProxyClient: "front-proxy-client",
  admin: "admin",
  controllerManager: "controller-manager",
  scheduler: "scheduler",
  proxy: "kube-proxy",
  dns: "kube-dns",
  serviceAccount: "sa",
  kubeletClient: (node: string) => `kubelet-${node}-client`,
  kubeletServing: (node: string) => `kubelet-${node}-serving`,
} as const;

const loopback = { dnsNames: ["localhost"], ipAddresses: ["127.0.0.1"] };

function client(path: string, commonName: string, organizations: readonly string[] = []): LeafSpec {
  return {
    path,
    authority: paths.ca,
    commonName,
    organizations,
    usages: ["client"],
    dnsNames: [],
    ipAddresses: [],
  };
}

function etcdLeaf(path: string, commonName: string, usages: LeafSpec["usages"]): LeafSpec {
  const names = usages.includes("server") ? loopback : { dnsNames: [], ipAddresses: [] };
  return { path, authority: paths.etcdCa, commonName, organizations: [], usages, ...names };
}

function nodeLeaves(node: PkiNode): LeafSpec[] {
  const user = `system:node:${node.name}`;
  const serving: LeafSpec = {
    ...client(paths.kubeletServing(node.name), user, ["system:nodes"]),
    usages: ["server"],
    dnsNames: [node.name, "localhost"],
    ipAddresses: [...new Set([node.ip, "127.0.0.1"])],
  };
  return [client(paths.kubeletClient(node.name), user, ["system:nodes"]), serving];
}

function apiserverLeaf(request: PkiRequest): LeafSpec {
  const service = "kubernetes.default.svc";
  return {
    path: paths.apiserver,
    authority: paths.ca,
    commonName: "kube-apiserver",
    organizations: [],
    usages: ["server"],
    dnsNames: [
      "localhost",
      "kubernetes",
      "kubernetes.default",
      service,
      `${service}.${request.clusterDomain}`,
      ...request.nodes.map((node) => node.name),
    ],
    ipAddresses: [
      ...new Set(["127.0.0.1", request.serviceIp, ...request.advertiseIps, ...request.nodes.map((node) => node.ip)]),
    ],
  };
}

/** Pure: the whole PKI of a cluster. */
export function planPki(request: PkiRequest): PkiPlan {
  return {
    authorities: [
      { path: paths.ca, commonName: "kubernetes" },
      { path: paths.frontProxyCa, commonName: "front-proxy-ca" },
      { path: paths.etcdCa, commonName: "etcd-ca" },
    ],
    leaves: [
      // etcd's own HTTP gateway dials the server with the server's certificate, so that one is a client too.
      etcdLeaf(paths.etcdServer, "etcd", ["server", "client"]),
      etcdLeaf(paths.etcdPeer, "etcd-peer", ["server", "client"]),
      etcdLeaf(paths.etcdClient, "etcd-client", ["client"]),
      etcdLeaf(paths.apiserverEtcdClient, "kube-apiserver-etcd-client", ["client"]),
      apiserverLeaf(request),
      client(paths.apiserverKubeletClient, "kube-apiserver-kubelet-client", ["system:masters"]),
      { ...client(paths.frontProxyClient, "front-proxy-client"), authority: paths.frontProxyCa },
      client(paths.admin, "kubernetes-admin", ["system:masters"]),
      client(paths.controllerManager, "system:kube-controller-manager"),
      client(paths.scheduler, "system:kube-scheduler"),
      client(paths.proxy, "system:kube-proxy"),
      client(paths.dns, "system:kube-dns"),
      ...request.nodes.flatMap(nodeLeaves),
    ],
  };
}
