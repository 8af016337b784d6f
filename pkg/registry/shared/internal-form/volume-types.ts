/** The layout of upstream's internal types of volumes and attachments; the notation is that of `types.ts`. */
export const volumeTypes = `
PersistentVolumeSource
  GCEPersistentDisk/gcePersistentDisk:*GCEPersistentDiskVolumeSource
  AWSElasticBlockStore/awsElasticBlockStore:*AWSElasticBlockStoreVolumeSource HostPath:*HostPathVolumeSource
  Glusterfs:*GlusterfsPersistentVolumeSource NFS/nfs:*NFSVolumeSource RBD/rbd:*RBDPersistentVolumeSource
  Quobyte:*QuobyteVolumeSource ISCSI/iscsi:*ISCSIPersistentVolumeSource FlexVolume:*FlexPersistentVolumeSource
  Cinder:*CinderPersistentVolumeSource CephFS/cephfs:*CephFSPersistentVolumeSource FC/fc:*FCVolumeSource
  Flocker:*FlockerVolumeSource AzureFile:*AzureFilePersistentVolumeSource
  VsphereVolume:*VsphereVirtualDiskVolumeSource AzureDisk:*AzureDiskVolumeSource
  PhotonPersistentDisk:*PhotonPersistentDiskVolumeSource PortworxVolume:*PortworxVolumeSource
  ScaleIO:*ScaleIOPersistentVolumeSource Local:*LocalVolumeSource
  StorageOS/storageos:*StorageOSPersistentVolumeSource CSI/csi:*CSIPersistentVolumeSource
PersistentVolumeSpec
  Capacity:m ...PersistentVolumeSource AccessModes:[] ClaimRef:*ObjectReference PersistentVolumeReclaimPolicy:s
  StorageClassName:s MountOptions:[] VolumeMode:? NodeAffinity:*VolumeNodeAffinity VolumeAttributesClassName:?
GlusterfsPersistentVolumeSource
  EndpointsName/endpoints:s Path:s ReadOnly:b EndpointsNamespace:?
RBDPersistentVolumeSource
  CephMonitors/monitors:[] RBDImage/image:s FSType/fsType:s RBDPool/pool:s RadosUser/user:s Keyring:s
  SecretRef:*SecretReference ReadOnly:b
ISCSIPersistentVolumeSource
  TargetPortal:s IQN/iqn:s Lun:n ISCSIInterface/iscsiInterface:s FSType/fsType:s ReadOnly:b Portals:[]
  DiscoveryCHAPAuth/chapAuthDiscovery:b SessionCHAPAuth/chapAuthSession:b SecretRef:*SecretReference InitiatorName:?
FlexPersistentVolumeSource
  Driver:s FSType/fsType:s SecretRef:*SecretReference ReadOnly:b Options:m
CinderPersistentVolumeSource
  VolumeID:s FSType/fsType:s ReadOnly:b SecretRef:*SecretReference
CephFSPersistentVolumeSource
  Monitors:[] Path:s User:s SecretFile:s SecretRef:*SecretReference ReadOnly:b
AzureFilePersistentVolumeSource
  SecretName:s ShareName:s ReadOnly:b SecretNamespace:?
ScaleIOPersistentVolumeSource
  Gateway:s System:s SecretRef:*SecretReference SSLEnabled/sslEnabled:b ProtectionDomain:s StoragePool:s
  StorageMode:s VolumeName:s FSType/fsType:s ReadOnly:b
LocalVolumeSource
  Path:s FSType/fsType:?
StorageOSPersistentVolumeSource
  VolumeName:s VolumeNamespace:s FSType/fsType:s ReadOnly:b SecretRef:*ObjectReference
CSIPersistentVolumeSource
  Driver:s VolumeHandle:s ReadOnly:b FSType/fsType:s VolumeAttributes:m ControllerPublishSecretRef:*SecretReference
  NodeStageSecretRef:*SecretReference NodePublishSecretRef:*SecretReference
  ControllerExpandSecretRef:*SecretReference NodeExpandSecretRef:*SecretReference
SecretReference
  Name:s Namespace:s
ObjectReference
  Kind:s Namespace:s Name:s UID/uid:s APIVersion/apiVersion:s ResourceVersion:s FieldPath:s
VolumeNodeAffinity
  Required:*NodeSelector
VolumeAttachmentSpec
  Attacher:s Source:VolumeAttachmentSource NodeName:s
VolumeAttachmentSource
  PersistentVolumeName:? InlineVolumeSpec:*PersistentVolumeSpec
CSINodeDriver
  Name:s NodeID:s TopologyKeys:[] Allocatable:?
PodDisruptionBudgetSpec
  MinAvailable:? Selector:? MaxUnavailable:? UnhealthyPodEvictionPolicy:?
`;
