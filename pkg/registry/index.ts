/** The rules of every built-in resource, by the group and plural of its URL. */
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import {
  mutatingwebhookconfigurations,
  validatingadmissionpolicies,
  validatingadmissionpolicybindings,
  validatingwebhookconfigurations,
} from "./admissionregistration.k8s.io/webhookconfigurations/strategy.ts";
import { customresourcedefinitions } from "./apiextensions.k8s.io/customresourcedefinitions/strategy.ts";
import { apiservices } from "./apiregistration.k8s.io/apiservices/strategy.ts";
import { controllerrevisions } from "./apps/controllerrevisions/strategy.ts";
import { daemonsets } from "./apps/daemonsets/strategy.ts";
import { deployments } from "./apps/deployments/strategy.ts";
import { replicasets } from "./apps/replicasets/strategy.ts";
import { statefulsets } from "./apps/statefulsets/strategy.ts";
import { horizontalpodautoscalers } from "./autoscaling/horizontalpodautoscalers/strategy.ts";
import { cronjobs } from "./batch/cronjobs/strategy.ts";
import { jobs } from "./batch/jobs/strategy.ts";
import { certificatesigningrequests } from "./certificates.k8s.io/certificatesigningrequests/strategy.ts";
import { leases } from "./coordination.k8s.io/leases/strategy.ts";
import { configmaps } from "./core/configmaps/strategy.ts";
import { endpoints } from "./core/endpoints/strategy.ts";
import { events, newerEvents } from "./core/events/strategy.ts";
import { limitranges } from "./core/limitranges/strategy.ts";
import { namespaces } from "./core/namespaces/strategy.ts";
import { nodes } from "./core/nodes/strategy.ts";
import { persistentvolumeclaims } from "./core/persistentvolumeclaims/strategy.ts";
import { persistentvolumes } from "./core/persistentvolumes/strategy.ts";
import { pods } from "./core/pods/strategy.ts";
import { podtemplates, replicationcontrollers } from "./core/replicationcontrollers/strategy.ts";
import { resourcequotas } from "./core/resourcequotas/strategy.ts";
import { secrets } from "./core/secrets/strategy.ts";
import { serviceaccounts } from "./core/serviceaccounts/strategy.ts";
import { services } from "./core/services/strategy.ts";
import { endpointslices } from "./discovery.k8s.io/endpointslices/strategy.ts";
import { flowschemas, prioritylevelconfigurations } from "./flowcontrol.apiserver.k8s.io/flowschemas/strategy.ts";
import { ingressclasses } from "./networking.k8s.io/ingressclasses/strategy.ts";
import { ingresses } from "./networking.k8s.io/ingresses/strategy.ts";
import { ipaddresses } from "./networking.k8s.io/ipaddresses/strategy.ts";
import { networkpolicies } from "./networking.k8s.io/networkpolicies/strategy.ts";
import { servicecidrs } from "./networking.k8s.io/servicecidrs/strategy.ts";
import { runtimeclasses } from "./node.k8s.io/runtimeclasses/strategy.ts";
import { poddisruptionbudgets } from "./policy/poddisruptionbudgets/strategy.ts";
import { clusterRoleBindings, roleBindings } from "./rbac.authorization.k8s.io/rolebindings/strategy.ts";
import { clusterRoles, roles } from "./rbac.authorization.k8s.io/roles/strategy.ts";
import { deviceclasses } from "./resource.k8s.io/deviceclasses/strategy.ts";
import { resourceclaims, resourceclaimtemplates } from "./resource.k8s.io/resourceclaims/strategy.ts";
import { resourceslices } from "./resource.k8s.io/resourceslices/strategy.ts";
import { priorityclasses } from "./scheduling.k8s.io/priorityclasses/strategy.ts";
import { csidrivers } from "./storage.k8s.io/csidrivers/strategy.ts";
import { csinodes } from "./storage.k8s.io/csinodes/strategy.ts";
import { csistoragecapacities } from "./storage.k8s.io/csistoragecapacities/strategy.ts";
import { storageclasses } from "./storage.k8s.io/storageclasses/strategy.ts";
import { volumeattachments } from "./storage.k8s.io/volumeattachments/strategy.ts";
import { volumeattributesclasses } from "./storage.k8s.io/volumeattributesclasses/strategy.ts";
import type { Strategy } from "./strategy.ts";

export type * from "./strategy.ts";

/** A strategy for its own kind stands where one for any kind is asked: the server only hands it objects of that kind. */
const of = <T extends KubeObject>(strategy: Strategy<T>): Strategy => strategy as unknown as Strategy;

const plain: Strategy = {};

const strategies = new Map<string, Strategy>([
  ["/configmaps", of(configmaps)],
  ["/endpoints", of(endpoints)],
  ["/events", of(events)],
  ["/limitranges", of(limitranges)],
  ["/namespaces", of(namespaces)],
  ["/nodes", of(nodes)],
  ["/persistentvolumeclaims", of(persistentvolumeclaims)],
  ["/persistentvolumes", of(persistentvolumes)],
  ["/pods", of(pods)],
  ["/podtemplates", of(podtemplates)],
  ["/replicationcontrollers", of(replicationcontrollers)],
  ["/resourcequotas", of(resourcequotas)],
  ["/secrets", of(secrets)],
  ["/serviceaccounts", of(serviceaccounts)],
  ["/services", of(services)],
  ["admissionregistration.k8s.io/mutatingwebhookconfigurations", of(mutatingwebhookconfigurations)],
  ["admissionregistration.k8s.io/validatingadmissionpolicies", of(validatingadmissionpolicies)],
  ["admissionregistration.k8s.io/validatingadmissionpolicybindings", of(validatingadmissionpolicybindings)],
  ["admissionregistration.k8s.io/validatingwebhookconfigurations", of(validatingwebhookconfigurations)],
  ["apiextensions.k8s.io/customresourcedefinitions", of(customresourcedefinitions)],
  ["apiregistration.k8s.io/apiservices", of(apiservices)],
  ["apps/controllerrevisions", of(controllerrevisions)],
  ["apps/daemonsets", of(daemonsets)],
  ["apps/deployments", of(deployments)],
  ["apps/replicasets", of(replicasets)],
  ["apps/statefulsets", of(statefulsets)],
  ["autoscaling/horizontalpodautoscalers", of(horizontalpodautoscalers)],
  ["batch/cronjobs", of(cronjobs)],
  ["batch/jobs", of(jobs)],
  ["certificates.k8s.io/certificatesigningrequests", of(certificatesigningrequests)],
  ["coordination.k8s.io/leases", of(leases)],
  ["discovery.k8s.io/endpointslices", of(endpointslices)],
  ["events.k8s.io/events", of(newerEvents)],
  ["flowcontrol.apiserver.k8s.io/flowschemas", of(flowschemas)],
  ["flowcontrol.apiserver.k8s.io/prioritylevelconfigurations", of(prioritylevelconfigurations)],
  ["networking.k8s.io/ingressclasses", of(ingressclasses)],
  ["networking.k8s.io/ingresses", of(ingresses)],
  ["networking.k8s.io/ipaddresses", of(ipaddresses)],
  ["networking.k8s.io/networkpolicies", of(networkpolicies)],
  ["networking.k8s.io/servicecidrs", of(servicecidrs)],
  ["node.k8s.io/runtimeclasses", of(runtimeclasses)],
  ["policy/poddisruptionbudgets", of(poddisruptionbudgets)],
  ["rbac.authorization.k8s.io/clusterrolebindings", of(clusterRoleBindings)],
  ["rbac.authorization.k8s.io/clusterroles", of(clusterRoles)],
  ["rbac.authorization.k8s.io/rolebindings", of(roleBindings)],
  ["rbac.authorization.k8s.io/roles", of(roles)],
  ["resource.k8s.io/deviceclasses", of(deviceclasses)],
  ["resource.k8s.io/resourceclaims", of(resourceclaims)],
  ["resource.k8s.io/resourceclaimtemplates", of(resourceclaimtemplates)],
  ["resource.k8s.io/resourceslices", of(resourceslices)],
  ["scheduling.k8s.io/priorityclasses", of(priorityclasses)],
  ["storage.k8s.io/csidrivers", of(csidrivers)],
  ["storage.k8s.io/csinodes", of(csinodes)],
  ["storage.k8s.io/csistoragecapacities", of(csistoragecapacities)],
  ["storage.k8s.io/storageclasses", of(storageclasses)],
  ["storage.k8s.io/volumeattachments", of(volumeattachments)],
  ["storage.k8s.io/volumeattributesclasses", of(volumeattributesclasses)],
]);

/** What is special about a resource; a resource without special rules gets an empty strategy. */
export function strategyOf(group: string, plural: string): Strategy {
  return strategies.get(`${group}/${plural}`) ?? plain;
}
