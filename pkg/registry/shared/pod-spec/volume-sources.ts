/** What each kind of volume needs, apart from those that are files made from objects. */
import type {
  AzureDiskVolumeSource,
  CinderVolumeSource,
  CSIVolumeSource,
  FCVolumeSource,
  FlexVolumeSource,
  FlockerVolumeSource,
  HostPathVolumeSource,
  ISCSIVolumeSource,
  NFSVolumeSource,
  QuobyteVolumeSource,
  StorageOSVolumeSource,
} from "#api/types/core/v1";
import { forbidden, invalid, notSupported, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { entriesOf, type Findings, filled, oneOf, say, within } from "../findings.ts";
import { dnsLabel } from "../name-forms.ts";
import { subdomainErrors } from "../names.ts";
import { pathWithoutClimbing } from "../paths.ts";

/** Fields that must not be empty, in order; a list counts as empty without items. */
export const needs =
  <T extends object>(...fields: (keyof T & string)[]) =>
  (path: string, source: T): Findings =>
    needed(path, source as Readonly<Record<string, unknown>>, fields);

function* needed(path: string, source: Readonly<Record<string, unknown>>, fields: readonly string[]): Findings {
  for (const field of fields) {
    const value = source[field];
    if (Array.isArray(value) ? value.length === 0 : !value) yield required(`${path}.${field}`);
  }
}

const hostPathTypes = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];

export function* hostPath(path: string, { path: file, type }: HostPathVolumeSource): Findings {
  if (!file) {
    yield required(`${path}.path`);
    return;
  }
  yield* pathWithoutClimbing(`${path}.path`, file);
  if (type !== undefined) yield* oneOf(`${path}.type`, type, hostPathTypes);
}

export function* nfs(path: string, { server, path: file }: NFSVolumeSource): Findings {
  yield* filled(`${path}.server`, server);
  yield* filled(`${path}.path`, file);
  if (!file?.startsWith("/")) yield invalid(`${path}.path`, file ?? "", "must be an absolute path");
}

export function* gitRepo(path: string, source: { repository?: string; directory?: string }): Findings {
  yield* filled(`${path}.repository`, source.repository);
  const directory = source.directory ?? "";
  if (directory.startsWith("/")) yield invalid(`${path}.directory`, directory, "must be a relative path");
  yield* pathWithoutClimbing(`${path}.directory`, directory);
}

/** Disks of clouds that are named by `field` and may have partitions. */
export const partitioned =
  (field: string) =>
  (path: string, source: object): Findings =>
    partitionedDisk(path, source as Readonly<Record<string, unknown>>, field);

function* partitionedDisk(path: string, source: Readonly<Record<string, unknown>>, field: string): Findings {
  if (!source[field]) yield required(`${path}.${field}`);
  const partition = Number(source["partition"] ?? 0);
  if (partition < 0 || partition > 255) {
    yield invalid(`${path}.partition`, partition, "must be between 1 and 255, inclusive");
  }
}

const iscsiForms: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.[A-Za-z0-9.-]+:[^,;*&$|\s]+$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

const iscsiForm = (name: string): RegExp | undefined => iscsiForms[name.slice(0, 3)];

export const isIscsiName = (name: string): boolean => iscsiForm(name)?.test(name) ?? false;

function iscsiNameErrors(name: string): string[] {
  if (!iscsiForm(name)) return ["must be valid format starting with iqn, eui, or naa"];
  return isIscsiName(name) ? [] : ["must be valid format"];
}

export function* iscsi(path: string, source: ISCSIVolumeSource): Findings {
  yield* filled(`${path}.targetPortal`, source.targetPortal);
  yield* filled(`${path}.iqn`, source.iqn);
  if (source.iqn) yield* say(`${path}.iqn`, source.iqn, iscsiNameErrors(source.iqn));
  yield* within(`${path}.lun`, source.lun ?? 0, 0, 255);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !source.secretRef) yield required(`${path}.secretRef`);
  const { initiatorName } = source;
  if (initiatorName !== undefined) yield* say(`${path}.initiatorname`, initiatorName, iscsiNameErrors(initiatorName));
}

export function* fc(path: string, { targetWWNs = [], wwids = [], lun }: FCVolumeSource): Findings {
  const here = `${path}.targetWWNs`;
  if (targetWWNs.length === 0 && wwids.length === 0) {
    yield required(here, "must specify either targetWWNs or wwids, but not both");
  }
  if (targetWWNs.length === 0) return;
  if (wwids.length > 0) yield invalid(here, targetWWNs, "targetWWNs and wwids can not be specified simultaneously");
  if (lun === undefined) yield required(`${path}.lun`, "lun is required if targetWWNs is specified");
  else yield* within(`${path}.lun`, lun, 0, 255);
}

export function* quobyte(path: string, { registry, tenant = "", volume }: QuobyteVolumeSource): Findings {
  const text = "must be a host:port pair or multiple pairs separated by commas";
  if (!registry) yield required(`${path}.registry`, text);
  else if (tenant.length >= 65) {
    yield required(`${path}.tenant`, "must be a UUID and may not exceed a length of 64 characters");
  } else {
    for (const pair of registry.split(",")) {
      if (!/^(\[[^\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair)) yield invalid(`${path}.registry`, registry, text);
    }
  }
  yield* filled(`${path}.volume`, volume);
}

export function* cinder(path: string, { volumeID, secretRef }: CinderVolumeSource): Findings {
  if (!volumeID) yield required(`${path}.volumeID`);
  if (secretRef && !secretRef.name) yield required(`${path}.secretRef.name`);
}

export function* flocker(path: string, { datasetName = "", datasetUUID = "" }: FlockerVolumeSource): Findings {
  if (!datasetName && !datasetUUID) yield required(path, "one of datasetName and datasetUUID is required");
  if (datasetName && datasetUUID) {
    yield invalid(path, "resource", "datasetName and datasetUUID can not be specified simultaneously");
  }
  if (datasetName.includes("/")) yield invalid(`${path}.datasetName`, datasetName, "must not contain '/'");
}

export function* flexVolume(path: string, { driver, options }: FlexVolumeSource): Findings {
  yield* filled(`${path}.driver`, driver);
  for (const [key] of entriesOf(options)) {
    const namespace = `.${key.split("/", 1)[0]?.toLowerCase()}`;
    if (namespace.endsWith(".kubernetes.io") || namespace.endsWith(".k8s.io")) {
      yield invalid(`${path}.options[${key}]`, key, "kubernetes.io and k8s.io namespaces are reserved");
    }
  }
}

const managedDisks = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const blobDisks = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

export function* azureDisk(path: string, source: AzureDiskVolumeSource): Findings {
  const { diskName, diskURI, cachingMode, kind } = source;
  yield* filled(`${path}.diskName`, diskName);
  yield* filled(`${path}.diskURI`, diskURI);
  if (cachingMode !== undefined) yield* oneOf(`${path}.cachingMode`, cachingMode, ["None", "ReadOnly", "ReadWrite"]);
  if (kind === undefined) return;
  yield* oneOf(`${path}.kind`, kind, ["Dedicated", "Managed", "Shared"]);
  const [prefix, form] = kind === "Managed" ? ["/subscriptions/", managedDisks] : ["https://", blobDisks];
  if (!diskURI?.startsWith(prefix)) yield notSupported(`${path}.diskURI`, diskURI ?? "", [form]);
}

export function* storageos(path: string, { volumeName, volumeNamespace, secretRef }: StorageOSVolumeSource): Findings {
  if (!volumeName) yield required(`${path}.volumeName`);
  else yield* dnsLabel(`${path}.volumeName`, volumeName);
  if (volumeNamespace) yield* dnsLabel(`${path}.volumeNamespace`, volumeNamespace);
  if (secretRef && !secretRef.name) yield required(`${path}.secretRef.name`);
}

const driverNameLengthMax = 63;

export function* csiDriverName(path: string, name: string | undefined): Findings {
  if (!name) {
    yield required(path);
    return;
  }
  if (name.length > driverNameLengthMax) yield tooLong(path, driverNameLengthMax);
  yield* say(path, name, subdomainErrors(name.toLowerCase()));
}

export function* csi(path: string, { driver, nodePublishSecretRef }: CSIVolumeSource): Findings {
  yield* csiDriverName(`${path}.driver`, driver);
  if (!nodePublishSecretRef) return;
  const { name } = nodePublishSecretRef;
  if (!name) yield required(`${path}.nodePublishSecretRef.name`);
  else yield* say(`${path}.name`, name, subdomainErrors(name));
}

export const moreThanOne = (path: string) => forbidden(path, "may not specify more than 1 volume type");
