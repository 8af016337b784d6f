/**
 * How upstream's rules of each kind look at metadata. The generic server looks once; most kinds look again on update,
 * and clients see every cause as often as it was found.
 */

/** `whole`: what holds on create; `update`: what holds between two states. */
export type MetadataLook = "whole" | "update";

const letters: Readonly<Record<string, MetadataLook>> = { w: "whole", u: "update" };

/** By group: plurals with their looks on update, in order. */
const looks: Readonly<Record<string, string>> = {
  "": `namespaces:wu pods:uw services:u configmaps:uw secrets:uw serviceaccounts:uw endpoints:uw persistentvolumes:ww
    persistentvolumeclaims:uw replicationcontrollers:u podtemplates:u resourcequotas:u limitranges:w nodes:wu`,
  "events.k8s.io": "events:u",
  apps: "deployments:u replicasets:u daemonsets:u statefulsets:u controllerrevisions:uw",
  batch: "jobs:wu cronjobs:u",
  autoscaling: "horizontalpodautoscalers:u",
  "networking.k8s.io": "networkpolicies:wu ingresses:u ingressclasses:u ipaddresses:wu servicecidrs:u",
  "discovery.k8s.io": "endpointslices:w",
  "rbac.authorization.k8s.io": "roles:wu clusterroles:wu rolebindings:wu clusterrolebindings:wu",
  "storage.k8s.io": `storageclasses:wu volumeattachments:w csinodes:ww csidrivers:u csistoragecapacities:wu
    volumeattributesclasses:uw`,
  "scheduling.k8s.io": "priorityclasses:u",
  "certificates.k8s.io": "certificatesigningrequests:wu",
  "flowcontrol.apiserver.k8s.io": "flowschemas:w prioritylevelconfigurations:w",
  "resource.k8s.io": "resourceclaims:u resourceclaimtemplates:u resourceslices:u deviceclasses:u",
  "coordination.k8s.io": "leases:u",
  "node.k8s.io": "runtimeclasses:wu",
};

/** Kinds whose own rules do not look at metadata at all. */
const blind = new Set(["policy/poddisruptionbudgets", "/events"]);

export const looksOnCreate = (group: string, plural: string): boolean => !blind.has(`${group}/${plural}`);

/** Groups whose rules take any finalizer that is a qualified name; the others want a domain in it. */
const lenient = new Set([
  "coordination.k8s.io",
  "node.k8s.io",
  "policy",
  "admissionregistration.k8s.io",
  "apiextensions.k8s.io",
  "apiregistration.k8s.io",
]);

const byResource = new Map(
  Object.entries(looks).flatMap(([group, text]) =>
    text.split(/\s+/).map((word): [string, MetadataLook[]] => {
      const [plural = "", list = ""] = word.split(":");
      return [`${group}/${plural}`, [...list].flatMap((letter) => letters[letter] ?? [])];
    }),
  ),
);

export const looksOnUpdate = (group: string, plural: string): readonly MetadataLook[] =>
  byResource.get(`${group}/${plural}`) ?? [];

/** Custom resources are not Kubernetes' own kinds: `isCustom`. */
export const wantsFinalizerDomains = (group: string, plural: string, isCustom: boolean): boolean =>
  !isCustom && !lenient.has(group) && `${group}/${plural}` !== "/events";
