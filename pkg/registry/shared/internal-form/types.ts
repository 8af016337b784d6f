/**
 * The layout of upstream's internal types, as far as its error texts show them: names and order of the fields.
 * `Name:kind`, or `Name/json:kind` where the API calls the field something else than its name with a small first letter;
 * `^json` is taken from the object around. Kinds: s string, n number, b bool, q quantity, i int or string, m map,
 * ? anything that may be null, [] list of plain values, Type, *Type (may be null), []Type; ...Type is inlined.
 */
export const internalTypes = `
PodTemplateSpec
  ...meta Spec:PodSpec
PodSpec
  Volumes:[]Volume InitContainers:[]Container Containers:[]Container EphemeralContainers:[]EphemeralContainer
  RestartPolicy:s TerminationGracePeriodSeconds:? ActiveDeadlineSeconds:? DNSPolicy/dnsPolicy:s NodeSelector:m
  ServiceAccountName:s AutomountServiceAccountToken:? NodeName:s SecurityContext:*PodSecurityContext
  ImagePullSecrets:[]LocalObjectReference Hostname:s Subdomain:s SetHostnameAsFQDN:? Affinity:*Affinity
  SchedulerName:s Tolerations:[]Toleration HostAliases:[]HostAlias PriorityClassName:s Priority:?
  PreemptionPolicy:? DNSConfig/dnsConfig:*PodDNSConfig ReadinessGates:[]PodReadinessGate RuntimeClassName:?
  Overhead:m EnableServiceLinks:? TopologySpreadConstraints:[]TopologySpreadConstraint OS/os:*PodOS
  SchedulingGates:[]PodSchedulingGate ResourceClaims:[]PodResourceClaim Resources:*ResourceRequirements
  HostnameOverride:? WorkloadRef:*WorkloadReference
Volume
  Name:s ...VolumeSource
VolumeSource
  HostPath:*HostPathVolumeSource EmptyDir:*EmptyDirVolumeSource
  GCEPersistentDisk/gcePersistentDisk:*GCEPersistentDiskVolumeSource
  AWSElasticBlockStore/awsElasticBlockStore:*AWSElasticBlockStoreVolumeSource GitRepo:*GitRepoVolumeSource
  Secret:*SecretVolumeSource NFS/nfs:*NFSVolumeSource ISCSI/iscsi:*ISCSIVolumeSource
  Glusterfs:*GlusterfsVolumeSource PersistentVolumeClaim:*PersistentVolumeClaimVolumeSource
  RBD/rbd:*RBDVolumeSource Quobyte:*QuobyteVolumeSource FlexVolume:*FlexVolumeSource Cinder:*CinderVolumeSource
  CephFS/cephfs:*CephFSVolumeSource Flocker:*FlockerVolumeSource DownwardAPI:*DownwardAPIVolumeSource
  FC/fc:*FCVolumeSource AzureFile:*AzureFileVolumeSource ConfigMap:*ConfigMapVolumeSource
  VsphereVolume:*VsphereVirtualDiskVolumeSource AzureDisk:*AzureDiskVolumeSource
  PhotonPersistentDisk:*PhotonPersistentDiskVolumeSource Projected:*ProjectedVolumeSource
  PortworxVolume:*PortworxVolumeSource ScaleIO:*ScaleIOVolumeSource StorageOS/storageos:*StorageOSVolumeSource
  CSI/csi:*CSIVolumeSource Ephemeral:*EphemeralVolumeSource Image:*ImageVolumeSource
HostPathVolumeSource
  Path:s Type:?
EmptyDirVolumeSource
  Medium:s SizeLimit:?
GCEPersistentDiskVolumeSource
  PDName/pdName:s FSType/fsType:s Partition:n ReadOnly:b
AWSElasticBlockStoreVolumeSource
  VolumeID:s FSType/fsType:s Partition:n ReadOnly:b
GitRepoVolumeSource
  Repository:s Revision:s Directory:s
SecretVolumeSource
  SecretName:s Items:[]KeyToPath DefaultMode:? Optional:?
KeyToPath
  Key:s Path:s Mode:?
NFSVolumeSource
  Server:s Path:s ReadOnly:b
ISCSIVolumeSource
  TargetPortal:s IQN/iqn:s Lun:n ISCSIInterface/iscsiInterface:s FSType/fsType:s ReadOnly:b Portals:[]
  DiscoveryCHAPAuth/chapAuthDiscovery:b SessionCHAPAuth/chapAuthSession:b SecretRef:*LocalObjectReference
  InitiatorName:?
LocalObjectReference
  Name:s
GlusterfsVolumeSource
  EndpointsName/endpoints:s Path:s ReadOnly:b
PersistentVolumeClaimVolumeSource
  ClaimName:s ReadOnly:b
RBDVolumeSource
  CephMonitors/monitors:[] RBDImage/image:s FSType/fsType:s RBDPool/pool:s RadosUser/user:s Keyring:s
  SecretRef:*LocalObjectReference ReadOnly:b
QuobyteVolumeSource
  Registry:s Volume:s ReadOnly:b User:s Group:s Tenant:s
FlexVolumeSource
  Driver:s FSType/fsType:s SecretRef:*LocalObjectReference ReadOnly:b Options:m
CinderVolumeSource
  VolumeID:s FSType/fsType:s ReadOnly:b SecretRef:*LocalObjectReference
CephFSVolumeSource
  Monitors:[] Path:s User:s SecretFile:s SecretRef:*LocalObjectReference ReadOnly:b
FlockerVolumeSource
  DatasetName:s DatasetUUID:s
DownwardAPIVolumeSource
  Items:[]DownwardAPIVolumeFile DefaultMode:?
DownwardAPIVolumeFile
  Path:s FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector Mode:?
ObjectFieldSelector
  APIVersion/apiVersion:s FieldPath:s
ResourceFieldSelector
  ContainerName:s Resource:s Divisor:q
FCVolumeSource
  TargetWWNs:[] Lun:? FSType/fsType:s ReadOnly:b WWIDs/wwids:[]
AzureFileVolumeSource
  SecretName:s ShareName:s ReadOnly:b
ConfigMapVolumeSource
  ...LocalObjectReference Items:[]KeyToPath DefaultMode:? Optional:?
VsphereVirtualDiskVolumeSource
  VolumePath:s FSType/fsType:s StoragePolicyName:s StoragePolicyID:s
AzureDiskVolumeSource
  DiskName:s DataDiskURI/diskURI:s CachingMode:? FSType/fsType:? ReadOnly:? Kind:?
PhotonPersistentDiskVolumeSource
  PdID:s FSType/fsType:s
ProjectedVolumeSource
  Sources:[]VolumeProjection DefaultMode:?
VolumeProjection
  Secret:*SecretProjection DownwardAPI:*DownwardAPIProjection ConfigMap:*ConfigMapProjection
  ServiceAccountToken:*ServiceAccountTokenProjection ClusterTrustBundle:*ClusterTrustBundleProjection
  PodCertificate:*PodCertificateProjection
SecretProjection
  ...LocalObjectReference Items:[]KeyToPath Optional:?
DownwardAPIProjection
  Items:[]DownwardAPIVolumeFile
ConfigMapProjection
  ...LocalObjectReference Items:[]KeyToPath Optional:?
ServiceAccountTokenProjection
  Audience:s ExpirationSeconds:n Path:s
ClusterTrustBundleProjection
  Name:? SignerName:? LabelSelector:? Optional:? Path:s
PodCertificateProjection
  SignerName:s KeyType:s MaxExpirationSeconds:? CredentialBundlePath:s KeyPath:s CertificateChainPath:s
  UserAnnotations:m
PortworxVolumeSource
  VolumeID:s FSType/fsType:s ReadOnly:b
ScaleIOVolumeSource
  Gateway:s System:s SecretRef:*LocalObjectReference SSLEnabled/sslEnabled:b ProtectionDomain:s StoragePool:s
  StorageMode:s VolumeName:s FSType/fsType:s ReadOnly:b
StorageOSVolumeSource
  VolumeName:s VolumeNamespace:s FSType/fsType:s ReadOnly:b SecretRef:*LocalObjectReference
CSIVolumeSource
  Driver:s ReadOnly:? FSType/fsType:? VolumeAttributes:m NodePublishSecretRef:*LocalObjectReference
EphemeralVolumeSource
  VolumeClaimTemplate:*PersistentVolumeClaimTemplate
PersistentVolumeClaimTemplate
  ...meta Spec:PersistentVolumeClaimSpec
PersistentVolumeClaimSpec
  AccessModes:[] Selector:? Resources:VolumeResourceRequirements VolumeName:s StorageClassName:? VolumeMode:?
  DataSource:*TypedLocalObjectReference DataSourceRef:*TypedObjectReference VolumeAttributesClassName:?
VolumeResourceRequirements
  Limits:m Requests:m
TypedLocalObjectReference
  APIGroup/apiGroup:? Kind:s Name:s
TypedObjectReference
  APIGroup/apiGroup:? Kind:s Name:s Namespace:?
ImageVolumeSource
  Reference:s PullPolicy:s
Container
  Name:s Image:s Command:[] Args:[] WorkingDir:s Ports:[]ContainerPort EnvFrom:[]EnvFromSource Env:[]EnvVar
  Resources:ResourceRequirements ResizePolicy:[]ContainerResizePolicy RestartPolicy:?
  RestartPolicyRules:[]ContainerRestartRule VolumeMounts:[]VolumeMount VolumeDevices:[]VolumeDevice
  LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath:s
  TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY/tty:b
ContainerPort
  Name:s HostPort:n ContainerPort:n Protocol:s HostIP:s
EnvFromSource
  Prefix:s ConfigMapRef:*ConfigMapEnvSource SecretRef:*SecretEnvSource
ConfigMapEnvSource
  ...LocalObjectReference Optional:?
SecretEnvSource
  ...LocalObjectReference Optional:?
EnvVar
  Name:s Value:s ValueFrom:*EnvVarSource
EnvVarSource
  FieldRef:*ObjectFieldSelector ResourceFieldRef:*ResourceFieldSelector ConfigMapKeyRef:*ConfigMapKeySelector
  SecretKeyRef:*SecretKeySelector FileKeyRef:*FileKeySelector
ConfigMapKeySelector
  ...LocalObjectReference Key:s Optional:?
SecretKeySelector
  ...LocalObjectReference Key:s Optional:?
FileKeySelector
  VolumeName:s Path:s Key:s Optional:?
ResourceRequirements
  Limits:m Requests:m Claims:[]ResourceClaim
ResourceClaim
  Name:s Request:s
ContainerResizePolicy
  ResourceName:s RestartPolicy:s
ContainerRestartRule
  Action:s ExitCodes:*ContainerRestartRuleOnExitCodes
ContainerRestartRuleOnExitCodes
  Operator:s Values:[]
VolumeMount
  Name:s ReadOnly:b RecursiveReadOnly:? MountPath:s SubPath:s MountPropagation:? SubPathExpr:s
VolumeDevice
  Name:s DevicePath:s
Probe
  ...ProbeHandler InitialDelaySeconds:n TimeoutSeconds:n PeriodSeconds:n SuccessThreshold:n FailureThreshold:n
  TerminationGracePeriodSeconds:?
ProbeHandler
  Exec:*ExecAction HTTPGet/httpGet:*HTTPGetAction TCPSocket/tcpSocket:*TCPSocketAction GRPC/grpc:*GRPCAction
ExecAction
  Command:[]
HTTPGetAction
  Path:s Port:i Host:s Scheme:s HTTPHeaders/httpHeaders:[]HTTPHeader
HTTPHeader
  Name:s Value:s
TCPSocketAction
  Port:i Host:s
GRPCAction
  Port:n Service:?
Lifecycle
  PostStart:*LifecycleHandler PreStop:*LifecycleHandler StopSignal:?
LifecycleHandler
  Exec:*ExecAction HTTPGet/httpGet:*HTTPGetAction TCPSocket/tcpSocket:*TCPSocketAction Sleep:*SleepAction
SleepAction
  Seconds:n
SecurityContext
  Capabilities:*Capabilities Privileged:? SELinuxOptions/seLinuxOptions:*SELinuxOptions
  WindowsOptions:*WindowsSecurityContextOptions RunAsUser:? RunAsGroup:? RunAsNonRoot:? ReadOnlyRootFilesystem:?
  AllowPrivilegeEscalation:? ProcMount:? SeccompProfile:*SeccompProfile AppArmorProfile:*AppArmorProfile
Capabilities
  Add:[] Drop:[]
SELinuxOptions
  User:s Role:s Type:s Level:s
WindowsSecurityContextOptions
  GMSACredentialSpecName/gmsaCredentialSpecName:? GMSACredentialSpec/gmsaCredentialSpec:? RunAsUserName:?
  HostProcess:?
SeccompProfile
  Type:s LocalhostProfile:?
AppArmorProfile
  Type:s LocalhostProfile:?
EphemeralContainer
  ...EphemeralContainerCommon TargetContainerName:s
EphemeralContainerCommon
  Name:s Image:s Command:[] Args:[] WorkingDir:s Ports:[]ContainerPort EnvFrom:[]EnvFromSource Env:[]EnvVar
  Resources:ResourceRequirements ResizePolicy:[]ContainerResizePolicy RestartPolicy:?
  RestartPolicyRules:[]ContainerRestartRule VolumeMounts:[]VolumeMount VolumeDevices:[]VolumeDevice
  LivenessProbe:*Probe ReadinessProbe:*Probe StartupProbe:*Probe Lifecycle:*Lifecycle TerminationMessagePath:s
  TerminationMessagePolicy:s ImagePullPolicy:s SecurityContext:*SecurityContext Stdin:b StdinOnce:b TTY/tty:b
PodSecurityContext
  HostNetwork/^hostNetwork:b HostPID/^hostPID:b HostIPC/^hostIPC:b ShareProcessNamespace/^shareProcessNamespace:?
  HostUsers/^hostUsers:? SELinuxOptions/seLinuxOptions:*SELinuxOptions
  WindowsOptions:*WindowsSecurityContextOptions RunAsUser:? RunAsGroup:? RunAsNonRoot:? SupplementalGroups:[]
  SupplementalGroupsPolicy:? FSGroup/fsGroup:? FSGroupChangePolicy/fsGroupChangePolicy:? Sysctls:[]Sysctl
  SeccompProfile:*SeccompProfile AppArmorProfile:*AppArmorProfile SELinuxChangePolicy/seLinuxChangePolicy:?
Sysctl
  Name:s Value:s
Affinity
  NodeAffinity:*NodeAffinity PodAffinity:*PodAffinity PodAntiAffinity:*PodAntiAffinity
NodeAffinity
  RequiredDuringSchedulingIgnoredDuringExecution:*NodeSelector
  PreferredDuringSchedulingIgnoredDuringExecution:[]PreferredSchedulingTerm
NodeSelector
  NodeSelectorTerms:[]NodeSelectorTerm
NodeSelectorTerm
  MatchExpressions:[]NodeSelectorRequirement MatchFields:[]NodeSelectorRequirement
NodeSelectorRequirement
  Key:s Operator:s Values:[]
PreferredSchedulingTerm
  Weight:n Preference:NodeSelectorTerm
PodAffinity
  RequiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
  PreferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm
PodAffinityTerm
  LabelSelector:? Namespaces:[] TopologyKey:s NamespaceSelector:? MatchLabelKeys:[] MismatchLabelKeys:[]
WeightedPodAffinityTerm
  Weight:n PodAffinityTerm:PodAffinityTerm
PodAntiAffinity
  RequiredDuringSchedulingIgnoredDuringExecution:[]PodAffinityTerm
  PreferredDuringSchedulingIgnoredDuringExecution:[]WeightedPodAffinityTerm
Toleration
  Key:s Operator:s Value:s Effect:s TolerationSeconds:?
HostAlias
  IP/ip:s Hostnames:[]
PodDNSConfig
  Nameservers:[] Searches:[] Options:[]PodDNSConfigOption
PodDNSConfigOption
  Name:s Value:?
PodReadinessGate
  ConditionType:s
TopologySpreadConstraint
  MaxSkew:n TopologyKey:s WhenUnsatisfiable:s LabelSelector:? MinDomains:? NodeAffinityPolicy:? NodeTaintsPolicy:?
  MatchLabelKeys:[]
PodOS
  Name:s
PodSchedulingGate
  Name:s
PodResourceClaim
  Name:s ResourceClaimName:? ResourceClaimTemplateName:?
WorkloadReference
  Name:s PodGroup:s PodGroupReplicaKey:s
DeploymentStrategy
  Type:s RollingUpdate:*RollingUpdateDeployment
RollingUpdateDeployment
  MaxUnavailable:i MaxSurge:i
StatefulSetUpdateStrategy
  Type:s RollingUpdate:*RollingUpdateStatefulSetStrategy
RollingUpdateStatefulSetStrategy
  Partition:n MaxUnavailable:?
DaemonSetUpdateStrategy
  Type:s RollingUpdate:*RollingUpdateDaemonSet
RollingUpdateDaemonSet
  MaxUnavailable:i MaxSurge:i
PodFailurePolicy
  Rules:[]PodFailurePolicyRule
PodFailurePolicyRule
  Action:s OnExitCodes:*PodFailurePolicyOnExitCodesRequirement
  OnPodConditions:[]PodFailurePolicyOnPodConditionsPattern
PodFailurePolicyOnExitCodesRequirement
  ContainerName:? Operator:s Values:[]
PodFailurePolicyOnPodConditionsPattern
  Type:s Status:s
SuccessPolicy
  Rules:[]SuccessPolicyRule
SuccessPolicyRule
  SucceededIndexes:? SucceededCount:?
ParentReference
  Group:s Resource:s Namespace:s Name:s
RoleRef
  APIGroup/apiGroup:s Kind:s Name:s
`;
