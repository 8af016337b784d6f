/** All controllers, in the order in which they start. */

import { attachDetach } from "./attach-detach/index.ts";
import { bootstrapSigner, tokenCleaner } from "./bootstrap-tokens/index.ts";
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
import { persistentVolumeExpander } from "./persistentvolume-expander/index.ts";
import { persistentVolumeProtection } from "./persistentvolume-protection/index.ts";
import { persistentVolumeClaimProtection } from "./persistentvolumeclaim-protection/index.ts";
import { podGc } from "./pod-gc/index.ts";
import { replicaset } from "./replicaset/index.ts";
import { replicationcontroller } from "./replicationcontroller/index.ts";
import { resourceClaim } from "./resource-claim/index.ts";
import { resourcequota } from "./resourcequota/index.ts";
import { rootCaCertPublisher } from "./root-ca-cert-publisher/index.ts";
import { serviceCidr } from "./service-cidr/index.ts";
import { serviceaccount } from "./serviceaccount/index.ts";
import { serviceAccountToken } from "./serviceaccount-token/index.ts";
import { statefulset } from "./statefulset/index.ts";
import { ttl } from "./ttl/index.ts";
import { ttlAfterFinished } from "./ttl-after-finished/index.ts";
import { validatingAdmissionPolicyStatus } from "./validatingadmissionpolicy-status/index.ts";
import { volumeAttributesClassProtection } from "./volumeattributesclass-protection/index.ts";

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
  serviceCidr,
  podGc,
  job,
  cronjob,
  ttlAfterFinished,
  disruption,
  horizontalPodAutoscaler,
  persistentVolumeBinder,
  persistentVolumeProtection,
  persistentVolumeClaimProtection,
  persistentVolumeExpander,
  attachDetach,
  volumeAttributesClassProtection,
  ephemeralVolume,
  resourceClaim,
  resourcequota,
  clusterRoleAggregation,
  validatingAdmissionPolicyStatus,
  certificateApproving,
  certificateSigning,
  certificateCleaning,
  bootstrapSigner,
  tokenCleaner,
  garbageCollector,
  namespace,
  nodeIpam,
  ttl,
  nodeLifecycle,
  taintEviction,
];
