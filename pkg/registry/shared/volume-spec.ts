/** The rules of a PersistentVolume's spec; also of one that stands in a VolumeAttachment. */
import { posix } from "node:path";
import type { PersistentVolumeSpec, VolumeNodeAffinity } from "#api/types/core/v1";
import { asSent } from "#pkg/apimachinery/emptied.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";
import { inKeyOrder } from "#pkg/apimachinery/sorted-keys.ts";
import { forbidden, invalid, notSupported, required } from "#pkg/apimachinery/validation/field-error.ts";
import { nodeSelector } from "./affinity.ts";
import { accessModes } from "./claim-spec.ts";
import { entriesOf, type Findings, oneOf } from "./findings.ts";
import { dnsSubdomain } from "./name-forms.ts";
import { volumeSource } from "./volume-source.ts";

export interface VolumeRules {
  /** The volume's name. */
  readonly name: string;
  /** Whether values in the node affinity must be label values. */
  readonly labelValues: boolean;
}

export function* volumeSpec(path: string, spec: PersistentVolumeSpec, { name, labelValues }: VolumeRules): Findings {
  yield* modes(`${path}.accessModes`, spec.accessModes ?? []);
  yield* capacity(`${path}.capacity`, spec);
  const { persistentVolumeReclaimPolicy: policy, storageClassName, volumeMode } = spec;
  if (policy) yield* oneOf(`${path}.persistentVolumeReclaimPolicy`, policy, ["Delete", "Recycle", "Retain"]);
  if (spec.nodeAffinity) yield* volumeNodeAffinity(`${path}.nodeAffinity`, spec.nodeAffinity, labelValues);
  yield* volumeSource(path, spec, { name, hasNodeAffinity: spec.nodeAffinity !== undefined });
  yield* noRecyclingOfRoot(path, spec);
  if (storageClassName) yield* dnsSubdomain(`${path}.storageClassName`, storageClassName);
  if (volumeMode !== undefined) yield* oneOf(`${path}.volumeMode`, volumeMode, ["Block", "Filesystem"]);
  yield* attributesClass(path, spec);
}

/** A spec without a volume of its own: what a driver needs to attach, and no more. */
export function* inlineVolumeSpec(path: string, spec: PersistentVolumeSpec): Findings {
  const context = "in the context of inline volumes";
  const refused = (field: keyof PersistentVolumeSpec) =>
    forbidden(`${path}.${field}`, `may not be specified ${context}`);
  if (spec.claimRef) yield refused("claimRef");
  if (Object.keys(spec.capacity ?? {}).length > 0) yield refused("capacity");
  if (!spec.csi) yield required(`${path}.csi`, `has to be specified ${context}`);
  yield* modes(`${path}.accessModes`, spec.accessModes ?? []);
  const { persistentVolumeReclaimPolicy: policy, volumeMode } = spec;
  if (policy && policy !== "Retain") {
    yield forbidden(`${path}.persistentVolumeReclaimPolicy`, `may only be Retain ${context}`);
  }
  if (spec.nodeAffinity) yield refused("nodeAffinity");
  yield* volumeSource(path, spec, { name: "", hasNodeAffinity: false });
  yield* noRecyclingOfRoot(path, spec);
  if (spec.storageClassName) yield refused("storageClassName");
  if (volumeMode !== undefined && volumeMode !== "Filesystem") {
    yield forbidden(`${path}.volumeMode`, `may not specify volumeMode other than Filesystem ${context}`);
  }
}

function* modes(path: string, list: readonly string[]): Findings {
  if (list.length === 0) yield required(path);
  for (const mode of list) if (!accessModes.includes(mode)) yield notSupported(path, mode, accessModes);
  const known = list.filter((mode) => accessModes.includes(mode));
  if (known.includes("ReadWriteOncePod") && known.some((mode) => mode !== "ReadWriteOncePod")) {
    yield forbidden(path, "may not use ReadWriteOncePod with other access modes");
  }
}

function* capacity(path: string, spec: PersistentVolumeSpec): Findings {
  const { capacity: amounts } = spec;
  const names = Object.keys(amounts ?? {});
  if (names.length === 0) yield required(path);
  if (names.length !== 1 || names[0] !== "storage") {
    yield notSupported(path, amounts ? inKeyOrder(amounts) : asSent(spec, "capacity"), ["storage"]);
  }
  for (const [name, amount] of entriesOf(amounts)) {
    const quantity = parseQuantity(amount);
    if (quantity.value() < 0n) yield invalid(`${path}[${name}]`, quantity.value(), "must be a valid resource quantity");
    if (quantity.sign <= 0) yield invalid(`${path}[${name}]`, quantity.toString(), "must be greater than zero");
  }
}

function* volumeNodeAffinity(path: string, { required: nodes }: VolumeNodeAffinity, labelValues: boolean): Findings {
  if (nodes) yield* nodeSelector(`${path}.required`, nodes, { values: labelValues });
  else yield required(`${path}.required`, "must specify required node constraints");
}

function* noRecyclingOfRoot(path: string, spec: PersistentVolumeSpec): Findings {
  if (spec.persistentVolumeReclaimPolicy !== "Recycle" || posix.normalize(spec.hostPath?.path || ".") !== "/") return;
  yield forbidden(`${path}.persistentVolumeReclaimPolicy`, "may not be 'recycle' for a hostPath mount of '/'");
}

function* attributesClass(path: string, { volumeAttributesClassName: name, csi }: PersistentVolumeSpec): Findings {
  if (name === undefined) return;
  const here = `${path}.volumeAttributesClassName`;
  if (name === "") yield required(here, "an empty string is disallowed");
  else yield* dnsSubdomain(here, name);
  if (!csi) yield required(`${path}.csi`, "has to be specified when using volumeAttributesClassName");
}
