/** The objects that a cluster of ours has beyond upstream's bootstrap: the DNS Service, a StorageClass, who may do what. */
import { isDefaultMark } from "#pkg/apimachinery/volumes/default-class.ts";
import { provisionerName } from "#pkg/controller/local-path/plan.ts";
import type { AdminApi } from "./api.ts";
import { dnsServiceIp } from "./apiserver-flags.ts";
import type { ClusterConfig } from "./config.ts";
import { podCidrOf } from "./node/containerd-config.ts";

interface AddonObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Record<string, string>;
    readonly annotations?: Record<string, string>;
  };
  readonly [field: string]: unknown;
}

interface Addon {
  /** Path of the collection. */
  readonly path: string;
  readonly object: AddonObject;
}

const dnsLabels = { "k8s-app": "kube-dns", "kubernetes.io/name": "CoreDNS", "kubernetes.io/cluster-service": "true" };
const rbac = "rbac.authorization.k8s.io";

function dnsService(config: ClusterConfig): AddonObject {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "kube-dns", namespace: "kube-system", labels: dnsLabels },
    spec: {
      clusterIP: dnsServiceIp(config),
      ports: [
        { name: "dns", port: 53, protocol: "UDP", targetPort: config.dnsPort },
        { name: "dns-tcp", port: 53, protocol: "TCP", targetPort: config.dnsPort },
      ],
    },
  };
}

/** The server is a process of the node, not a pod, so the Service has no selector and its endpoints are written here. */
function dnsEndpoints(config: ClusterConfig): AddonObject {
  return {
    apiVersion: "discovery.k8s.io/v1",
    kind: "EndpointSlice",
    metadata: {
      name: "kube-dns",
      namespace: "kube-system",
      labels: { "kubernetes.io/service-name": "kube-dns", "endpointslice.kubernetes.io/managed-by": "kubets" },
    },
    addressType: "IPv4",
    endpoints: [{ addresses: [config.nodeIp], conditions: { ready: true } }],
    ports: [
      { name: "dns", port: config.dnsPort, protocol: "UDP" },
      { name: "dns-tcp", port: config.dnsPort, protocol: "TCP" },
    ],
  };
}

function dnsRole(): AddonObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: "kubets:kube-dns" },
    rules: [
      { apiGroups: [""], resources: ["services", "pods", "namespaces", "endpoints"], verbs: ["list", "watch"] },
      { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: ["list", "watch"] },
    ],
  };
}

function binding(name: string, role: string, subject: { kind: "User" | "Group"; name: string }): AddonObject {
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: role },
    subjects: [{ apiGroup: rbac, ...subject }],
  };
}

interface RoleList {
  readonly items: readonly {
    readonly metadata: { readonly name: string };
    readonly rules?: readonly unknown[] | null;
  }[];
}

const controllersRoleName = "kubets:controllers";
const controllersUser = { kind: "User", name: "system:kube-controller-manager" } as const;

/**
 * Upstream gives each controller a service account of its own. Ours share one connection and one set of caches, so their one
 * identity may do what any of them may.
 */
async function controllersRole(api: AdminApi): Promise<AddonObject> {
  const { status, body } = await api.call("GET", `/apis/${rbac}/v1/clusterroles`);
  if (status !== 200) throw new Error(`could not read the roles of controllers: ${messageOf(body)}`);
  const roles = (body as RoleList).items.filter(({ metadata }) => metadata.name.startsWith("system:controller:"));
  const rules = new Map(roles.flatMap((role) => role.rules ?? []).map((rule) => [JSON.stringify(rule), rule]));
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: controllersRoleName },
    rules: [...rules.values()],
  };
}

const localPathRoleName = "kubets:local-path";

/** What the provisioner of volumes does beyond reading: it shares the controllers' identity, but no controller's role. */
export function localPathRole(): AddonObject {
  const read = ["get", "list", "watch"];
  return {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRole",
    metadata: { name: localPathRoleName },
    rules: [
      { apiGroups: [""], resources: ["persistentvolumes"], verbs: [...read, "create", "update", "delete"] },
      { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: [...read, "update"] },
      { apiGroups: [""], resources: ["nodes"], verbs: read },
      { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: read },
      { apiGroups: [""], resources: ["events"], verbs: ["create", "update", "patch"] },
    ],
  };
}

const storageClass: AddonObject = {
  apiVersion: "storage.k8s.io/v1",
  kind: "StorageClass",
  metadata: { name: "standard", annotations: { [isDefaultMark]: "true" } },
  provisioner: provisionerName,
  reclaimPolicy: "Delete",
  volumeBindingMode: "WaitForFirstConsumer",
};

/**
 * Only where there is no class at all: whoever brought classes of their own, or changed ours, has decided what claims get.
 */
async function ensureStorageClass(api: AdminApi): Promise<void> {
  const path = "/apis/storage.k8s.io/v1/storageclasses";
  const { status, body } = await api.call("GET", `${path}?limit=1`);
  if (status !== 200) throw new Error(`could not read the storage classes: ${messageOf(body)}`);
  if ((body as { items: readonly unknown[] }).items.length === 0)
    await ensureObject(api, { path, object: storageClass });
}

const dnsAddons = (config: ClusterConfig): Addon[] => [
  { path: "/api/v1/namespaces/kube-system/services", object: dnsService(config) },
  { path: "/apis/discovery.k8s.io/v1/namespaces/kube-system/endpointslices", object: dnsEndpoints(config) },
  { path: `/apis/${rbac}/v1/clusterroles`, object: dnsRole() },
  {
    path: `/apis/${rbac}/v1/clusterrolebindings`,
    object: binding("kubets:kube-dns", "kubets:kube-dns", { kind: "User", name: "system:kube-dns" }),
  },
];

async function addonsOf(api: AdminApi, config: ClusterConfig): Promise<Addon[]> {
  return [
    { path: `/apis/${rbac}/v1/clusterroles`, object: await controllersRole(api) },
    {
      path: `/apis/${rbac}/v1/clusterrolebindings`,
      object: binding(controllersRoleName, controllersRoleName, controllersUser),
    },
    { path: `/apis/${rbac}/v1/clusterroles`, object: localPathRole() },
    {
      path: `/apis/${rbac}/v1/clusterrolebindings`,
      object: binding(localPathRoleName, localPathRoleName, controllersUser),
    },
    ...dnsAddons(config),
  ];
}

const messageOf = (body: unknown): string =>
  typeof body === "object" && body !== null && "message" in body ? String(body.message) : JSON.stringify(body);

/** Creates it, or brings what differs back to what it should be. */
async function ensureObject(api: AdminApi, addon: Addon): Promise<void> {
  const { name } = addon.object.metadata;
  const path = `${addon.path}/${name}`;
  const { apiVersion: _, kind: __, metadata: ___, roleRef: ____, ...content } = addon.object;
  const exists = (await api.call("GET", path)).status === 200;
  const answer = exists
    ? await api.call("PATCH", path, content, "application/merge-patch+json")
    : await api.call("POST", addon.path, addon.object);
  if (answer.status >= 300) {
    const verb = exists ? "update" : "create";
    throw new Error(`could not ${verb} ${addon.object.kind} ${name}: ${messageOf(answer.body)}`);
  }
}

/** Idempotent. */
export async function ensureAddons(api: AdminApi, config: ClusterConfig): Promise<void> {
  const addons = await addonsOf(api, config);
  await Promise.all([...addons.map((addon) => ensureObject(api, addon)), ensureStorageClass(api)]);
}

/** Gives the node its part of the pod range, the one its CNI configuration already uses. */
export async function ensurePodCidr(api: AdminApi, config: ClusterConfig, index: number): Promise<void> {
  const podCIDR = podCidrOf(config, index);
  const path = `/api/v1/nodes/node-${index}`;
  const { status, body } = await api.call("GET", path);
  const current = (body as { spec?: { podCIDR?: string } }).spec?.podCIDR;
  if (status !== 200 || current !== undefined) return;
  const patch = { spec: { podCIDR, podCIDRs: [podCIDR] } };
  const patched = await api.call("PATCH", path, patch, "application/merge-patch+json");
  if (patched.status >= 300)
    throw new Error(`could not set the pod range of node-${index}: ${messageOf(patched.body)}`);
}

/** The DNS alone, for a cluster whose controllers have upstream's roles. Idempotent. */
export async function ensureDns(api: AdminApi, config: ClusterConfig): Promise<void> {
  await Promise.all(dnsAddons(config).map((addon) => ensureObject(api, addon)));
}
