/** All controllers, in the order in which they start. */

import { certificateApproving, certificateCleaning, certificateSigning } from "./certificates/index.ts";
import { clusterRoleAggregation } from "./clusterrole-aggregation/index.ts";
import { cronjob } from "./cronjob/index.ts";
import { daemonset } from "./daemonset/index.ts";
import { deployment } from "./deployment/index.ts";
import { disruption } from "./disruption/index.ts";
import { endpoints } from "./endpoints/index.ts";
import { endpointslice } from "./endpointslice/index.ts";
import { endpointsliceMirroring } from "./endpointslice-mirroring/index.ts";
import { ephemeralVolume } from "./ephemeral-volume/index.ts";
import type { Controller } from "./framework/controller.ts";
import { garbageCollector } from "./garbage-collector/index.ts";
import { horizontalPodAutoscaler } from "./horizontal-pod-autoscaler/index.ts";
import { job } from "./job/index.ts";
import { namespace } from "./namespace/index.ts";
import { nodeIpam } from "./node-ipam/index.ts";
import { nodeLifecycle, taintEviction } from "./node-lifecycle/index.ts";
import { persistentVolumeBinder } from "./persistentvolume-binder/index.ts";
import { persistentVolumeProtection } from "./persistentvolume-protection/index.ts";
import { persistentVolumeClaimProtection } from "./persistentvolumeclaim-protection/index.ts";
import { podGc } from "./pod-gc/index.ts";
import { replicaset } from "./replicaset/index.ts";
import { replicationcontroller } from "./replicationcontroller/index.ts";
import { resourcequota } from "./resourcequota/index.ts";
import { rootCaCertPublisher } from "./root-ca-cert-publisher/index.ts";
import { serviceaccount } from "./serviceaccount/index.ts";
import { serviceAccountToken } from "./serviceaccount-token/index.ts";
import { statefulset } from "./statefulset/index.ts";
import { ttl } from "./ttl/index.ts";
import { ttlAfterFinished } from "./ttl-after-finished/index.ts";

export const controllers: readonly Controller[] = [
  serviceaccount,
  serviceAccountToken,
  rootCaCertPublisher,
  replicaset,
  deployment,
  statefulset,
  daemonset,
  replicationcontroller,
  endpointslice,
  endpointsliceMirroring,
  endpoints,
  podGc,
  job,
  cronjob,
  ttlAfterFinished,
  disruption,
  horizontalPodAutoscaler,
  persistentVolumeBinder,
  persistentVolumeProtection,
  persistentVolumeClaimProtection,
  ephemeralVolume,
  resourcequota,
  clusterRoleAggregation,
  certificateApproving,
  certificateSigning,
  certificateCleaning,
  garbageCollector,
  namespace,
  nodeIpam,
  ttl,
  nodeLifecycle,
  taintEviction,
];

/** Those that `--controllers` names: `*` all, `name` one more, `-name` not this one. The first that names it decides. */
export function selectControllers(all: readonly Controller[], wanted: readonly string[]): Controller[] {
  const known = new Set(all.map(({ name }) => name));
  for (const entry of wanted) {
    const name = entry.replace(/^-/, "");
    if (name !== "*" && !known.has(name) && !(name in elsewhere)) {
      throw new Error(`${JSON.stringify(name)} is not in the list of known controllers`);
    }
  }
  return all.filter(({ name }) => {
    if (wanted.includes(`-${name}`)) return false;
    return wanted.includes(name) || wanted.includes("*");
  });
}

/** Upstream's controllers that we do not have: naming them is no mistake. */
const elsewhere: Readonly<Record<string, true>> = Object.fromEntries(
  [
    "bootstrap-signer-controller",
    "token-cleaner-controller",
    "cloud-node-lifecycle-controller",
    "node-route-controller",
    "service-lb-controller",
    "persistentvolume-attach-detach-controller",
    "persistentvolume-expander-controller",
    "resourceclaim-controller",
    "storageversion-garbage-collector-controller",
    "validatingadmissionpolicy-status-controller",
    "service-cidr-controller",
    "legacy-serviceaccount-token-cleaner-controller",
    "selinux-warning-controller",
    "volumeattributesclass-protection-controller",
    "device-taint-eviction-controller",
    "kube-apiserver-serving-clustertrustbundle-publisher-controller",
    "storage-version-migrator-controller",
    "podcertificaterequest-cleaner-controller",
  ].map((name) => [name, true]),
);
