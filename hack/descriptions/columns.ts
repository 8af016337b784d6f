/** What the columns of tables say: what is said of the field that a column shows, or our own words where it shows none. */
import { schema } from "#api/index.ts";
import type { ColumnTexts } from "#pkg/apiserver/negotiation/column-texts.ts";
import { schemaName } from "#pkg/apiserver/openapi/schemas.ts";
import type { SchemaTexts } from "#pkg/apiserver/openapi/texts.ts";

/** By column: a field (`core/v1.PodStatus.podIP`), or words, which have spaces. */
type Columns = Readonly<Record<string, string>>;

const ofEvery: Columns = {
  Name: "meta/v1.ObjectMeta.name",
  Age: "meta/v1.ObjectMeta.creationTimestamp",
  "Created At": "meta/v1.ObjectMeta.creationTimestamp",
};

const template: Columns = {
  Containers: "The names of the template's containers.",
  Images: "The images of the template's containers.",
};

const webhooks: Columns = { Webhooks: "How many webhooks the configuration has." };

const subjects: Columns = {
  Users: "The users that get the role.",
  Groups: "The groups that get the role.",
  ServiceAccounts: "The service accounts that get the role.",
};

/** By the resource's plural: those of the same plural show the same. */
const ofResources: Readonly<Record<string, Columns>> = {
  apiservices: {
    Service: "The service that answers for this version of the group; Local is this server.",
    Available: "Whether the service answers, and why not.",
  },
  certificatesigningrequests: {
    SignerName: "certificates.k8s.io/v1.CertificateSigningRequestSpec.signerName",
    Requestor: "Who made the request.",
    RequestedDuration: "certificates.k8s.io/v1.CertificateSigningRequestSpec.expirationSeconds",
    Condition: "Whether the request was approved, denied, issued, or waits.",
  },
  clusterrolebindings: { Role: "rbac.authorization.k8s.io/v1.ClusterRoleBinding.roleRef", ...subjects },
  componentstatuses: {
    Status: "Whether the component is healthy.",
    Message: "What the component said of its health.",
    Error: "Why the component could not be asked.",
  },
  configmaps: { Data: "core/v1.ConfigMap.data" },
  controllerrevisions: {
    Controller: "The object that this is a revision of.",
    Revision: "apps/v1.ControllerRevision.revision",
  },
  cronjobs: {
    Schedule: "batch/v1.CronJobSpec.schedule",
    Timezone: "batch/v1.CronJobSpec.timeZone",
    Suspend: "batch/v1.CronJobSpec.suspend",
    Active: "batch/v1.CronJobStatus.active",
    "Last Schedule": "batch/v1.CronJobStatus.lastScheduleTime",
    ...template,
    Selector: "batch/v1.JobSpec.selector",
  },
  csidrivers: {
    AttachRequired: "storage.k8s.io/v1.CSIDriverSpec.attachRequired",
    PodInfoOnMount: "storage.k8s.io/v1.CSIDriverSpec.podInfoOnMount",
    StorageCapacity: "storage.k8s.io/v1.CSIDriverSpec.storageCapacity",
    TokenRequests: "storage.k8s.io/v1.CSIDriverSpec.tokenRequests",
    RequiresRepublish: "storage.k8s.io/v1.CSIDriverSpec.requiresRepublish",
    Modes: "storage.k8s.io/v1.CSIDriverSpec.volumeLifecycleModes",
  },
  csinodes: { Drivers: "How many CSI drivers the node has." },
  daemonsets: {
    Desired: "apps/v1.DaemonSetStatus.desiredNumberScheduled",
    Current: "apps/v1.DaemonSetStatus.currentNumberScheduled",
    Ready: "apps/v1.DaemonSetStatus.numberReady",
    "Up-to-date": "apps/v1.DaemonSetStatus.updatedNumberScheduled",
    Available: "apps/v1.DaemonSetStatus.numberAvailable",
    "Node Selector": "core/v1.PodSpec.nodeSelector",
    ...template,
    Selector: "apps/v1.DaemonSetSpec.selector",
  },
  deployments: {
    Ready: "How many of the wanted pods are ready.",
    "Up-to-date": "apps/v1.DeploymentStatus.updatedReplicas",
    Available: "apps/v1.DeploymentStatus.availableReplicas",
    ...template,
    Selector: "apps/v1.DeploymentSpec.selector",
  },
  endpoints: { Endpoints: "core/v1.Endpoints.subsets" },
  endpointslices: {
    AddressType: "discovery.k8s.io/v1.EndpointSlice.addressType",
    Ports: "discovery.k8s.io/v1.EndpointSlice.ports",
    Endpoints: "discovery.k8s.io/v1.EndpointSlice.endpoints",
  },
  events: {
    "Last Seen": "core/v1.Event.lastTimestamp",
    Type: "core/v1.Event.type",
    Reason: "core/v1.Event.reason",
    Object: "core/v1.Event.involvedObject",
    Subobject: "core/v1.ObjectReference.fieldPath",
    Source: "core/v1.Event.source",
    Message: "core/v1.Event.message",
    "First Seen": "core/v1.Event.firstTimestamp",
    Count: "core/v1.Event.count",
  },
  flowschemas: {
    PriorityLevel: "flowcontrol.apiserver.k8s.io/v1.PriorityLevelConfigurationReference.name",
    MatchingPrecedence: "flowcontrol.apiserver.k8s.io/v1.FlowSchemaSpec.matchingPrecedence",
    DistinguisherMethod: "flowcontrol.apiserver.k8s.io/v1.FlowSchemaSpec.distinguisherMethod",
    MissingPL: "Whether the priority level that it names is missing.",
  },
  horizontalpodautoscalers: {
    Reference: "autoscaling/v2.HorizontalPodAutoscalerSpec.scaleTargetRef",
    Targets: "autoscaling/v2.HorizontalPodAutoscalerSpec.metrics",
    MinPods: "autoscaling/v2.HorizontalPodAutoscalerSpec.minReplicas",
    MaxPods: "autoscaling/v2.HorizontalPodAutoscalerSpec.maxReplicas",
    Replicas: "autoscaling/v2.HorizontalPodAutoscalerStatus.currentReplicas",
  },
  ingressclasses: {
    Controller: "networking.k8s.io/v1.IngressClassSpec.controller",
    Parameters: "networking.k8s.io/v1.IngressClassSpec.parameters",
  },
  ingresses: {
    Class: "networking.k8s.io/v1.IngressSpec.ingressClassName",
    Hosts: "The hosts of its rules.",
    Address: "networking.k8s.io/v1.IngressLoadBalancerStatus.ingress",
    Ports: "The ports at which it is reached.",
  },
  ipaddresses: { ParentRef: "networking.k8s.io/v1.IPAddressSpec.parentRef" },
  jobs: {
    Status: "Whether the job runs, is complete, failed or waits.",
    Completions: "batch/v1.JobStatus.succeeded",
    Duration: "How long the job took, or has run until now.",
    ...template,
    Selector: "batch/v1.JobSpec.selector",
  },
  leases: { Holder: "coordination.k8s.io/v1.LeaseSpec.holderIdentity" },
  mutatingwebhookconfigurations: webhooks,
  namespaces: { Status: "core/v1.NamespaceStatus.phase" },
  networkpolicies: { "Pod-Selector": "networking.k8s.io/v1.NetworkPolicySpec.podSelector" },
  nodes: {
    Status: "Whether the node is ready, and whether it takes new pods.",
    Roles: "The roles that the node's labels give it.",
    Version: "core/v1.NodeSystemInfo.kubeletVersion",
    "Internal-IP": "core/v1.NodeStatus.addresses",
    "External-IP": "core/v1.NodeStatus.addresses",
    "OS-Image": "core/v1.NodeSystemInfo.osImage",
    "Kernel-Version": "core/v1.NodeSystemInfo.kernelVersion",
    "Container-Runtime": "core/v1.NodeSystemInfo.containerRuntimeVersion",
  },
  persistentvolumeclaims: {
    Status: "core/v1.PersistentVolumeClaimStatus.phase",
    Volume: "core/v1.PersistentVolumeClaimSpec.volumeName",
    Capacity: "core/v1.PersistentVolumeClaimStatus.capacity",
    "Access Modes": "core/v1.PersistentVolumeClaimStatus.accessModes",
    StorageClass: "core/v1.PersistentVolumeClaimSpec.storageClassName",
    VolumeAttributesClass: "core/v1.PersistentVolumeClaimSpec.volumeAttributesClassName",
    VolumeMode: "core/v1.PersistentVolumeClaimSpec.volumeMode",
  },
  persistentvolumes: {
    Capacity: "core/v1.PersistentVolumeSpec.capacity",
    "Access Modes": "core/v1.PersistentVolumeSpec.accessModes",
    "Reclaim Policy": "core/v1.PersistentVolumeSpec.persistentVolumeReclaimPolicy",
    Status: "core/v1.PersistentVolumeStatus.phase",
    Claim: "core/v1.PersistentVolumeSpec.claimRef",
    StorageClass: "core/v1.PersistentVolumeSpec.storageClassName",
    VolumeAttributesClass: "core/v1.PersistentVolumeSpec.volumeAttributesClassName",
    Reason: "core/v1.PersistentVolumeStatus.reason",
    VolumeMode: "core/v1.PersistentVolumeSpec.volumeMode",
  },
  poddisruptionbudgets: {
    "Min Available": "policy/v1.PodDisruptionBudgetSpec.minAvailable",
    "Max Unavailable": "policy/v1.PodDisruptionBudgetSpec.maxUnavailable",
    "Allowed Disruptions": "policy/v1.PodDisruptionBudgetStatus.disruptionsAllowed",
  },
  pods: {
    Ready: "How many of the pod's containers are ready, of how many.",
    Status: "What the pod's phase and its containers' states come to.",
    Restarts: "How often containers of the pod were started again, and how long ago one was last.",
    IP: "core/v1.PodStatus.podIP",
    Node: "core/v1.PodSpec.nodeName",
    "Nominated Node": "core/v1.PodStatus.nominatedNodeName",
    "Readiness Gates": "core/v1.PodSpec.readinessGates",
  },
  podtemplates: { ...template, "Pod Labels": "The labels that pods of the template get." },
  priorityclasses: {
    Value: "scheduling.k8s.io/v1.PriorityClass.value",
    "Global-Default": "scheduling.k8s.io/v1.PriorityClass.globalDefault",
    PreemptionPolicy: "scheduling.k8s.io/v1.PriorityClass.preemptionPolicy",
  },
  prioritylevelconfigurations: {
    Type: "flowcontrol.apiserver.k8s.io/v1.PriorityLevelConfigurationSpec.type",
    NominalConcurrencyShares:
      "flowcontrol.apiserver.k8s.io/v1.LimitedPriorityLevelConfiguration.nominalConcurrencyShares",
    Queues: "flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.queues",
    HandSize: "flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.handSize",
    QueueLengthLimit: "flowcontrol.apiserver.k8s.io/v1.QueuingConfiguration.queueLengthLimit",
  },
  replicasets: {
    Desired: "apps/v1.ReplicaSetSpec.replicas",
    Current: "apps/v1.ReplicaSetStatus.replicas",
    Ready: "apps/v1.ReplicaSetStatus.readyReplicas",
    ...template,
    Selector: "apps/v1.ReplicaSetSpec.selector",
  },
  replicationcontrollers: {
    Desired: "core/v1.ReplicationControllerSpec.replicas",
    Current: "core/v1.ReplicationControllerStatus.replicas",
    Ready: "core/v1.ReplicationControllerStatus.readyReplicas",
    ...template,
    Selector: "core/v1.ReplicationControllerSpec.selector",
  },
  resourceclaims: { State: "Whether the claim is pending, allocated or reserved." },
  resourcequotas: {
    Request: "What is requested of each resource, and how much of it may be.",
    Limit: "What limits come to of each resource, and how much they may.",
  },
  resourceslices: {
    Node: "resource.k8s.io/v1.ResourceSliceSpec.nodeName",
    Driver: "resource.k8s.io/v1.ResourceSliceSpec.driver",
    Pool: "resource.k8s.io/v1.ResourcePool.name",
  },
  rolebindings: { Role: "rbac.authorization.k8s.io/v1.RoleBinding.roleRef", ...subjects },
  runtimeclasses: { Handler: "node.k8s.io/v1.RuntimeClass.handler" },
  secrets: { Type: "core/v1.Secret.type", Data: "core/v1.Secret.data" },
  servicecidrs: { CIDRs: "networking.k8s.io/v1.ServiceCIDRSpec.cidrs" },
  services: {
    Type: "core/v1.ServiceSpec.type",
    "Cluster-IP": "core/v1.ServiceSpec.clusterIP",
    "External-IP": "core/v1.ServiceSpec.externalIPs",
    "Port(s)": "core/v1.ServiceSpec.ports",
    Selector: "core/v1.ServiceSpec.selector",
  },
  statefulsets: { Ready: "How many of the wanted pods are ready.", ...template },
  storageclasses: {
    Provisioner: "storage.k8s.io/v1.StorageClass.provisioner",
    ReclaimPolicy: "storage.k8s.io/v1.StorageClass.reclaimPolicy",
    VolumeBindingMode: "storage.k8s.io/v1.StorageClass.volumeBindingMode",
    AllowVolumeExpansion: "storage.k8s.io/v1.StorageClass.allowVolumeExpansion",
  },
  validatingadmissionpolicies: {
    Validations: "How many rules the policy has.",
    ParamKind: "admissionregistration.k8s.io/v1.ValidatingAdmissionPolicySpec.paramKind",
  },
  validatingadmissionpolicybindings: {
    PolicyName: "admissionregistration.k8s.io/v1.ValidatingAdmissionPolicyBindingSpec.policyName",
    ParamRef: "admissionregistration.k8s.io/v1.ValidatingAdmissionPolicyBindingSpec.paramRef",
  },
  validatingwebhookconfigurations: webhooks,
  volumeattachments: {
    Attacher: "storage.k8s.io/v1.VolumeAttachmentSpec.attacher",
    PV: "storage.k8s.io/v1.VolumeAttachmentSource.persistentVolumeName",
    Node: "storage.k8s.io/v1.VolumeAttachmentSpec.nodeName",
    Attached: "storage.k8s.io/v1.VolumeAttachmentStatus.attached",
  },
  volumeattributesclasses: { DriverName: "storage.k8s.io/v1.VolumeAttributesClass.driverName" },
};

/** Throws for a field that nothing is said of, and for a column that no table has. */
export function columnTexts(schemas: Readonly<Record<string, SchemaTexts>>): ColumnTexts {
  const textOf = (of: string): string => (of.includes(" ") ? of : textOfField(schemas, of));
  const textsOf = (columns: Columns) =>
    Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, textOf(of)]));
  const resources = Object.entries(ofResources).map(([plural, columns]): [string, Columns] => {
    const known = schema.resources.find((resource) => resource.plural === plural)?.columns.map(({ name }) => name);
    const wrong = Object.keys(columns).find((name) => !known?.includes(name));
    if (wrong !== undefined) throw new Error(`${plural} have no column ${wrong}`);
    return [plural, textsOf(columns)];
  });
  return { every: textsOf(ofEvery), resources: Object.fromEntries(resources) };
}

/** Tables leave out what the values mean. */
function textOfField(schemas: Readonly<Record<string, SchemaTexts>>, path: string): string {
  const at = path.lastIndexOf(".");
  const text = schemas[schemaName(path.slice(0, at) as `${string}/${string}.${string}`)]?.fields[path.slice(at + 1)];
  if (text === undefined) throw new Error(`nothing is said of ${path}`);
  return text.replace(/\n+Possible enum values:[\s\S]*$/, "");
}
