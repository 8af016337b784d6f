/** Where a PersistentVolume's data is: one of many kinds, most of which differ from those of pods in their references. */
import type {
  AzureFilePersistentVolumeSource,
  CinderPersistentVolumeSource,
  CSIPersistentVolumeSource,
  GlusterfsPersistentVolumeSource,
  ISCSIPersistentVolumeSource,
  LocalVolumeSource,
  PersistentVolumeSpec,
  SecretReference,
  StorageOSPersistentVolumeSource,
} from "#api/types/core/v1";
import { invalid, required } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, filled, within } from "./findings.ts";
import { dnsLabel, dnsSubdomain } from "./name-forms.ts";
import { pathWithoutClimbing } from "./paths.ts";
import {
  azureDisk,
  csiDriverName,
  fc,
  flexVolume,
  flocker,
  hostPath,
  isIscsiName,
  moreThanOne,
  needs,
  nfs,
  partitioned,
  quobyte,
} from "./pod-spec/volume-sources.ts";

export interface SourceContext {
  /** The volume's name. */
  readonly name: string;
  readonly hasNodeAffinity: boolean;
}

interface SourceRule {
  readonly field: keyof PersistentVolumeSpec;
  /** Where more than one source is reported, when upstream calls it something else. */
  readonly refusedAs?: string;
  /** Where the rules report, when upstream calls it something else. */
  readonly shownAs?: string;
  /** Upstream forgets to refuse it beside another source. */
  readonly besideOthers?: true;
  readonly rule: (path: string, source: never, context: SourceContext) => Findings;
}

/** In the order in which upstream looks at them: the first source is the volume's, the others are too many. */
const sources: readonly SourceRule[] = [
  { field: "hostPath", rule: hostPath },
  { field: "gcePersistentDisk", shownAs: "persistentDisk", rule: partitioned("pdName") },
  { field: "awsElasticBlockStore", rule: partitioned("volumeID") },
  { field: "glusterfs", rule: glusterfs },
  { field: "flocker", rule: flocker },
  { field: "nfs", rule: nfs },
  { field: "rbd", rule: needs("monitors", "image") },
  { field: "quobyte", rule: quobyte },
  { field: "cephfs", refusedAs: "cephFS", rule: needs("monitors") },
  { field: "iscsi", rule: iscsi },
  { field: "cinder", rule: cinder },
  { field: "fc", rule: fc },
  { field: "flexVolume", besideOthers: true, rule: flexVolume },
  { field: "azureFile", rule: azureFile },
  { field: "vsphereVolume", rule: needs("volumePath") },
  { field: "photonPersistentDisk", rule: needs("pdID") },
  { field: "portworxVolume", rule: needs("volumeID") },
  { field: "azureDisk", rule: azureDisk },
  { field: "scaleIO", rule: needs("gateway", "system", "volumeName") },
  { field: "local", rule: local },
  { field: "storageos", rule: storageos },
  { field: "csi", rule: csi },
];

/** The fields of a spec that are sources. */
export const sourceFields: readonly (keyof PersistentVolumeSpec)[] = sources.map(({ field }) => field);

export function* volumeSource(path: string, spec: PersistentVolumeSpec, context: SourceContext): Findings {
  let found = false;
  for (const { field, refusedAs, shownAs, besideOthers, rule } of sources) {
    const source = spec[field];
    if (source === undefined || source === null) continue;
    if (found && !besideOthers) yield moreThanOne(`${path}.${refusedAs ?? field}`);
    else {
      yield* rule(`${path}.${shownAs ?? field}`, source as never, context);
      if (field === "local" && !context.hasNodeAffinity) {
        yield required(`${path}.nodeAffinity`, "Local volume requires node affinity");
      }
    }
    found = true;
  }
  if (!found) yield required(path, "must specify a volume type");
}

function* glusterfs(path: string, source: GlusterfsPersistentVolumeSource): Findings {
  yield* filled(`${path}.endpoints`, source.endpoints);
  yield* filled(`${path}.path`, source.path);
  const { endpointsNamespace: namespace } = source;
  const here = `${path}.endpointsNamespace`;
  if (namespace === "") {
    yield invalid(here, namespace, "if the endpointnamespace is set, it must be a valid namespace name");
  } else if (namespace !== undefined) yield* dnsLabel(here, namespace);
}

const iscsiNameMax = 64;

function* iscsi(path: string, source: ISCSIPersistentVolumeSource, { name }: SourceContext): Findings {
  const { targetPortal = "", iqn, initiatorName, secretRef } = source as Partial<ISCSIPersistentVolumeSource>;
  yield* filled(`${path}.targetPortal`, targetPortal);
  if (initiatorName !== undefined && Buffer.byteLength(`${name}:${targetPortal}`) > iscsiNameMax) {
    const text =
      "Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.";
    yield invalid(`${path}.targetportal`, targetPortal, text);
  }
  if (!iqn) yield required(`${path}.iqn`);
  else if (!isIscsiName(iqn)) yield invalid(`${path}.iqn`, iqn, "must be valid format");
  yield* within(`${path}.lun`, source.lun ?? 0, 0, 255);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !secretRef) yield required(`${path}.secretRef`);
  if (secretRef) yield* filled(`${path}.secretRef.name`, secretRef.name);
  if (initiatorName !== undefined && !isIscsiName(initiatorName)) {
    yield invalid(`${path}.initiatorname`, initiatorName, "must be valid format");
  }
}

function* cinder(path: string, { volumeID, secretRef }: CinderPersistentVolumeSource): Findings {
  yield* filled(`${path}.volumeID`, volumeID);
  if (secretRef) yield* filledReference(`${path}.secretRef`, secretRef);
}

function* filledReference(path: string, { name, namespace }: Pick<SecretReference, "name" | "namespace">): Findings {
  yield* filled(`${path}.name`, name);
  yield* filled(`${path}.namespace`, namespace);
}

function* azureFile(path: string, source: AzureFilePersistentVolumeSource): Findings {
  yield* filled(`${path}.secretName`, source.secretName);
  yield* filled(`${path}.shareName`, source.shareName);
  if (source.secretNamespace === "") yield required(`${path}.secretNamespace`);
}

function* local(path: string, { path: directory }: LocalVolumeSource): Findings {
  if (!directory) yield required(`${path}.path`);
  else yield* pathWithoutClimbing(`${path}.path`, directory);
}

function* storageos(path: string, source: StorageOSPersistentVolumeSource): Findings {
  const { volumeName, volumeNamespace, secretRef } = source;
  if (!volumeName) yield required(`${path}.volumeName`);
  else yield* dnsLabel(`${path}.volumeName`, volumeName);
  if (volumeNamespace) yield* dnsLabel(`${path}.volumeNamespace`, volumeNamespace);
  if (secretRef) yield* filledReference(`${path}.secretRef`, secretRef);
}

const csiSecrets = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

function* csi(path: string, source: CSIPersistentVolumeSource): Findings {
  yield* csiDriverName(`${path}.driver`, source.driver);
  yield* filled(`${path}.volumeHandle`, source.volumeHandle);
  for (const field of csiSecrets) {
    const reference = source[field];
    if (reference) yield* goodReference(`${path}.${field}`, reference);
  }
}

function* goodReference(path: string, { name, namespace }: SecretReference): Findings {
  if (!name) yield required(`${path}.name`);
  else yield* dnsSubdomain(`${path}.name`, name);
  if (!namespace) yield required(`${path}.namespace`);
  else yield* dnsLabel(`${path}.namespace`, namespace);
}
