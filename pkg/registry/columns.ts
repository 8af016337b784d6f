/** The cells of every resource's table, by the group and plural of its URL. */
import type { ResourceDef } from "#api/model.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { type Cells, nameAndAge, nameAndCreation } from "#pkg/apimachinery/table/cells.ts";
import { validatingAdmissionPolicyCells } from "./admissionregistration.k8s.io/validatingadmissionpolicies/columns.ts";
import { validatingAdmissionPolicyBindingCells } from "./admissionregistration.k8s.io/validatingadmissionpolicybindings/columns.ts";
import { webhookConfigurationCells } from "./admissionregistration.k8s.io/webhookconfigurations/columns.ts";
import { apiServiceCells } from "./apiregistration.k8s.io/apiservices/columns.ts";
import { controllerRevisionCells } from "./apps/controllerrevisions/columns.ts";
import { daemonSetCells } from "./apps/daemonsets/columns.ts";
import { deploymentCells } from "./apps/deployments/columns.ts";
import { replicaSetCells } from "./apps/replicasets/columns.ts";
import { statefulSetCells } from "./apps/statefulsets/columns.ts";
import { horizontalPodAutoscalerCells } from "./autoscaling/horizontalpodautoscalers/columns.ts";
import { cronJobCells } from "./batch/cronjobs/columns.ts";
import { jobCells } from "./batch/jobs/columns.ts";
import { certificateSigningRequestCells } from "./certificates.k8s.io/certificatesigningrequests/columns.ts";
import { leaseCells } from "./coordination.k8s.io/leases/columns.ts";
import { componentStatusCells } from "./core/componentstatuses/columns.ts";
import { configMapCells } from "./core/configmaps/columns.ts";
import { endpointsCells } from "./core/endpoints/columns.ts";
import { eventCells } from "./core/events/columns.ts";
import { namespaceCells } from "./core/namespaces/columns.ts";
import { nodeCells } from "./core/nodes/columns.ts";
import { persistentVolumeClaimCells } from "./core/persistentvolumeclaims/columns.ts";
import { persistentVolumeCells } from "./core/persistentvolumes/columns.ts";
import { podCells } from "./core/pods/columns.ts";
import { podTemplateCells } from "./core/podtemplates/columns.ts";
import { replicationControllerCells } from "./core/replicationcontrollers/columns.ts";
import { resourceQuotaCells } from "./core/resourcequotas/columns.ts";
import { secretCells } from "./core/secrets/columns.ts";
import { serviceCells } from "./core/services/columns.ts";
import { endpointSliceCells } from "./discovery.k8s.io/endpointslices/columns.ts";
import { newEventCells } from "./events.k8s.io/events/columns.ts";
import { flowSchemaCells } from "./flowcontrol.apiserver.k8s.io/flowschemas/columns.ts";
import { priorityLevelConfigurationCells } from "./flowcontrol.apiserver.k8s.io/prioritylevelconfigurations/columns.ts";
import { ingressClassCells } from "./networking.k8s.io/ingressclasses/columns.ts";
import { ingressCells } from "./networking.k8s.io/ingresses/columns.ts";
import { ipAddressCells } from "./networking.k8s.io/ipaddresses/columns.ts";
import { networkPolicyCells } from "./networking.k8s.io/networkpolicies/columns.ts";
import { serviceCidrCells } from "./networking.k8s.io/servicecidrs/columns.ts";
import { runtimeClassCells } from "./node.k8s.io/runtimeclasses/columns.ts";
import { podDisruptionBudgetCells } from "./policy/poddisruptionbudgets/columns.ts";
import { roleBindingCells } from "./rbac.authorization.k8s.io/rolebindings/columns.ts";
import { resourceClaimCells } from "./resource.k8s.io/resourceclaims/columns.ts";
import { resourceSliceCells } from "./resource.k8s.io/resourceslices/columns.ts";
import { priorityClassCells } from "./scheduling.k8s.io/priorityclasses/columns.ts";
import { csiDriverCells } from "./storage.k8s.io/csidrivers/columns.ts";
import { csiNodeCells } from "./storage.k8s.io/csinodes/columns.ts";
import { storageClassCells } from "./storage.k8s.io/storageclasses/columns.ts";
import { volumeAttachmentCells } from "./storage.k8s.io/volumeattachments/columns.ts";
import { volumeAttributesClassCells } from "./storage.k8s.io/volumeattributesclasses/columns.ts";

/** Cells of one kind stand where cells of any are asked: they only ever see objects of their kind. */
const of = <T extends KubeObject>(cells: Cells<T>): Cells => cells as unknown as Cells;

const cells = new Map<string, Cells>([
  ["admissionregistration.k8s.io/mutatingwebhookconfigurations", of(webhookConfigurationCells)],
  ["admissionregistration.k8s.io/validatingadmissionpolicies", of(validatingAdmissionPolicyCells)],
  ["admissionregistration.k8s.io/validatingadmissionpolicybindings", of(validatingAdmissionPolicyBindingCells)],
  ["admissionregistration.k8s.io/validatingwebhookconfigurations", of(webhookConfigurationCells)],
  ["apiextensions.k8s.io/customresourcedefinitions", of(nameAndCreation)],
  ["apiregistration.k8s.io/apiservices", of(apiServiceCells)],
  ["apps/controllerrevisions", of(controllerRevisionCells)],
  ["apps/daemonsets", of(daemonSetCells)],
  ["apps/deployments", of(deploymentCells)],
  ["apps/replicasets", of(replicaSetCells)],
  ["apps/statefulsets", of(statefulSetCells)],
  ["autoscaling/horizontalpodautoscalers", of(horizontalPodAutoscalerCells)],
  ["batch/cronjobs", of(cronJobCells)],
  ["batch/jobs", of(jobCells)],
  ["certificates.k8s.io/certificatesigningrequests", of(certificateSigningRequestCells)],
  ["coordination.k8s.io/leases", of(leaseCells)],
  ["/componentstatuses", of(componentStatusCells)],
  ["/configmaps", of(configMapCells)],
  ["/endpoints", of(endpointsCells)],
  ["/events", of(eventCells)],
  ["/limitranges", of(nameAndCreation)],
  ["/namespaces", of(namespaceCells)],
  ["/nodes", of(nodeCells)],
  ["/persistentvolumeclaims", of(persistentVolumeClaimCells)],
  ["/persistentvolumes", of(persistentVolumeCells)],
  ["/pods", of(podCells)],
  ["/podtemplates", of(podTemplateCells)],
  ["/replicationcontrollers", of(replicationControllerCells)],
  ["/resourcequotas", of(resourceQuotaCells)],
  ["/secrets", of(secretCells)],
  ["/serviceaccounts", of(nameAndAge)],
  ["/services", of(serviceCells)],
  ["discovery.k8s.io/endpointslices", of(endpointSliceCells)],
  ["events.k8s.io/events", of(newEventCells)],
  ["flowcontrol.apiserver.k8s.io/flowschemas", of(flowSchemaCells)],
  ["flowcontrol.apiserver.k8s.io/prioritylevelconfigurations", of(priorityLevelConfigurationCells)],
  ["networking.k8s.io/ingressclasses", of(ingressClassCells)],
  ["networking.k8s.io/ingresses", of(ingressCells)],
  ["networking.k8s.io/ipaddresses", of(ipAddressCells)],
  ["networking.k8s.io/networkpolicies", of(networkPolicyCells)],
  ["networking.k8s.io/servicecidrs", of(serviceCidrCells)],
  ["node.k8s.io/runtimeclasses", of(runtimeClassCells)],
  ["policy/poddisruptionbudgets", of(podDisruptionBudgetCells)],
  ["rbac.authorization.k8s.io/clusterrolebindings", of(roleBindingCells)],
  ["rbac.authorization.k8s.io/clusterroles", of(nameAndCreation)],
  ["rbac.authorization.k8s.io/rolebindings", of(roleBindingCells)],
  ["rbac.authorization.k8s.io/roles", of(nameAndCreation)],
  ["resource.k8s.io/deviceclasses", of(nameAndAge)],
  ["resource.k8s.io/resourceclaims", of(resourceClaimCells)],
  ["resource.k8s.io/resourceclaimtemplates", of(nameAndAge)],
  ["resource.k8s.io/resourceslices", of(resourceSliceCells)],
  ["scheduling.k8s.io/priorityclasses", of(priorityClassCells)],
  ["storage.k8s.io/csidrivers", of(csiDriverCells)],
  ["storage.k8s.io/csinodes", of(csiNodeCells)],
  ["storage.k8s.io/csistoragecapacities", of(nameAndCreation)],
  ["storage.k8s.io/storageclasses", of(storageClassCells)],
  ["storage.k8s.io/volumeattachments", of(volumeAttachmentCells)],
  ["storage.k8s.io/volumeattributesclasses", of(volumeAttributesClassCells)],
]);

/** In the order of `resource.columns`. A resource without cells of its own shows its name and creation time. */
export function cellsOf({ group, plural }: ResourceDef, object: KubeObject, now: Date): unknown[] {
  return (cells.get(`${group}/${plural}`) ?? nameAndCreation)(object, now);
}
