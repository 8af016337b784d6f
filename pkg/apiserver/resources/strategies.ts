/** The rules of each resource: the registry's, or the few without which nothing can be stored. */
import type { Pod } from "#api/types/core/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import type { Strategy } from "#pkg/registry/strategy.ts";
import { registry } from "../pieces.ts";

const plainName = (): string[] => [];

const podFields: NonNullable<Strategy["fields"]> = {
  "spec.nodeName": (o) => (o as Pod).spec?.nodeName ?? "",
  "spec.restartPolicy": (o) => (o as Pod).spec?.restartPolicy ?? "",
  "spec.schedulerName": (o) => (o as Pod).spec?.schedulerName ?? "",
  "spec.serviceAccountName": (o) => (o as Pod).spec?.serviceAccountName ?? "",
  "spec.hostNetwork": (o) => String((o as Pod).spec?.hostNetwork ?? false),
  "status.phase": (o) => (o as Pod).status?.phase ?? "",
  "status.podIP": (o) => (o as Pod).status?.podIP ?? "",
  "status.nominatedNodeName": (o) => (o as Pod).status?.nominatedNodeName ?? "",
};

const pods: Strategy = {
  fields: podFields,
  indexed: ["spec.nodeName"],
  prepareForCreate(object) {
    const pod = object as Pod;
    pod.status = { phase: "Pending", qosClass: pod.status?.qosClass ?? "BestEffort" };
  },
  gracePeriodSeconds(object, requested) {
    const pod = object as Pod;
    const phase = pod.status?.phase;
    if (!pod.spec?.nodeName || phase === "Failed" || phase === "Succeeded") return 0;
    return requested ?? pod.spec.terminationGracePeriodSeconds ?? 30;
  },
};

const namespaces: Strategy = {
  prepareForCreate(object: KubeObject) {
    const namespace = object as KubeObject & { spec?: { finalizers?: string[] }; status?: { phase: string } };
    const finalizers = namespace.spec?.finalizers ?? [];
    namespace.spec = { finalizers: finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"] };
    namespace.status = { phase: "Active" };
    namespace.metadata.labels = {
      ...namespace.metadata.labels,
      "kubernetes.io/metadata.name": namespace.metadata.name ?? "",
    };
  },
};

/** Prefixes of `reference` storage that are not the plural, and names that are not DNS subdomains. */
const special: Readonly<Record<string, Strategy>> = {
  "/pods": pods,
  "/namespaces": namespaces,
  "/nodes": { storagePrefix: "minions" },
  "/services": { storagePrefix: "services/specs" },
  "/endpoints": { storagePrefix: "services/endpoints" },
  "/replicationcontrollers": { storagePrefix: "controllers", hasGeneration: true },
  "/events": { ttlSeconds: 3600, allowCreateOnUpdate: true },
  "networking.k8s.io/ingresses": { storagePrefix: "ingress", hasGeneration: true },
  "rbac.authorization.k8s.io/roles": { validateName: plainName, allowCreateOnUpdate: true },
  "rbac.authorization.k8s.io/rolebindings": { validateName: plainName, allowCreateOnUpdate: true },
  "rbac.authorization.k8s.io/clusterroles": { validateName: plainName, allowCreateOnUpdate: true },
  "rbac.authorization.k8s.io/clusterrolebindings": { validateName: plainName, allowCreateOnUpdate: true },
  "coordination.k8s.io/leases": { allowCreateOnUpdate: true },
  "apiregistration.k8s.io/apiservices": { validateName: plainName },
};

const withGeneration: Strategy = { hasGeneration: true };
const plain: Strategy = {};
const generationGroups = new Set(["apps", "batch", "policy"]);

export function strategyFor(group: string, plural: string): Strategy {
  if (registry) return registry.strategyOf(group, plural);
  const key = `${group}/${plural}`;
  if (Object.hasOwn(special, key)) return special[key] as Strategy;
  return generationGroups.has(group) ? withGeneration : plain;
}
