/** The rules of PersistentVolumes: https://kubernetes.io/docs/concepts/storage/persistent-volumes/ */
import type {
  CSIPersistentVolumeSource,
  NodeSelectorRequirement,
  PersistentVolume,
  PersistentVolumeSpec,
  VolumeNodeAffinity,
} from "#api/types/core/v1";
import { type FieldError, forbidden, invalid } from "#pkg/apimachinery/validation/field-error.ts";
import { nodeSelector } from "../../shared/affinity.ts";
import type { Findings } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm, prettyGoJson } from "../../shared/internal-form/index.ts";
import { sameMeaning } from "../../shared/semantic.ts";
import { unifiedDiff } from "../../shared/unified-diff.ts";
import { sourceFields } from "../../shared/volume-source.ts";
import { volumeSpec } from "../../shared/volume-spec.ts";

export const validateNewVolume = (volume: Readonly<PersistentVolume>): FieldError[] => [
  ...ownSpec(volume, true),
  ...mountOptions(volume),
];

export function validateVolumeUpdate(next: Readonly<PersistentVolume>, old: Readonly<PersistentVolume>): FieldError[] {
  const before = old.spec.nodeAffinity;
  // Values that were no label values may stay what they are.
  const labelValues = !before?.required || [...nodeSelector("", before.required)].length === 0;
  const spec = [...ownSpec(next, labelValues)];
  return [
    ...spec,
    ...mountOptions(next),
    ...spec,
    ...sourceKept("spec.persistentvolumesource", next.spec, old.spec),
    ...immutable("volumeMode", next.spec.volumeMode, old.spec.volumeMode),
    ...affinityKept("nodeAffinity", next.spec.nodeAffinity, before),
    ...classKept("spec.volumeAttributesClassName", next.spec, old.spec),
  ];
}

const ownSpec = ({ metadata, spec }: Readonly<PersistentVolume>, labelValues: boolean): Findings =>
  volumeSpec("spec", spec ?? {}, { name: metadata.name ?? "", labelValues });

const mountOptionsAnnotation = "volume.beta.kubernetes.io/mount-options";
/** Sources that are mounted with options. */
const mountable: readonly (keyof PersistentVolumeSpec)[] = [
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "glusterfs",
  "nfs",
  "rbd",
  "quobyte",
  "iscsi",
  "cinder",
  "cephfs",
  "azureFile",
  "vsphereVolume",
  "azureDisk",
  "photonPersistentDisk",
];

function* mountOptions({ metadata, spec }: PersistentVolume): Findings {
  if (!Object.hasOwn(metadata.annotations ?? {}, mountOptionsAnnotation)) return;
  if (mountable.some((field) => spec[field])) return;
  const path = `metadata.annotations.${mountOptionsAnnotation}`;
  yield forbidden(path, "may not specify mount options for this volume type");
}

/** Only the secret for growing a volume may be added later. */
function* sourceKept(path: string, next: PersistentVolumeSpec, old: PersistentVolumeSpec): Findings {
  const [after, before] = [sourceOf(next), sourceOf(old)];
  if (old.csi && !old.csi.controllerExpandSecretRef && next.csi?.controllerExpandSecretRef) {
    const csi: CSIPersistentVolumeSource = { ...next.csi };
    delete csi.controllerExpandSecretRef;
    after["csi"] = csi;
  }
  if (sameMeaning(after, before)) return;
  const print = (source: object) => prettyGoJson(internalForm(source, "PersistentVolumeSource"));
  yield forbidden(path, `${path} is immutable after creation\n${unifiedDiff(print(before), print(after))}`);
}

function sourceOf(spec: PersistentVolumeSpec): Record<string, unknown> {
  return Object.fromEntries(sourceFields.filter((field) => spec[field]).map((field) => [field, spec[field]]));
}

/** Labels of nodes that got a final name. */
const finalLabels = new Map([
  ["failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"],
  ["failure-domain.beta.kubernetes.io/region", "topology.kubernetes.io/region"],
  ["beta.kubernetes.io/os", "kubernetes.io/os"],
  ["beta.kubernetes.io/arch", "kubernetes.io/arch"],
  ["beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type"],
]);

type Nodes = VolumeNodeAffinity | undefined;

function* affinityKept(path: string, next: Nodes, old: Nodes): Findings {
  if (!old || sameMeaning(next, renamed(old, next))) return;
  const shown = internalForm(next, "VolumeNodeAffinity");
  yield invalid(path, shown, "field is immutable, except for updating from beta label to GA");
}

/** The old affinity, with the final names of labels where the new one has them. */
function renamed(old: VolumeNodeAffinity, next: Nodes): VolumeNodeAffinity {
  const terms = old.required?.nodeSelectorTerms;
  if (!terms) return old;
  const wanted = next?.required?.nodeSelectorTerms;
  const rename = (list: readonly NodeSelectorRequirement[], other: readonly NodeSelectorRequirement[] | undefined) =>
    list.map((one, at) => {
      // A key that has no other name may become empty: upstream's table answers so for it.
      const key = finalLabels.get(one.key) ?? "";
      return other?.[at] && (other[at].key ?? "") === key ? { ...one, key } : one;
    });
  const nodeSelectorTerms = terms.map((term, at) => {
    const { matchExpressions, matchFields } = term;
    const other = wanted?.[at];
    return {
      ...(matchExpressions ? { matchExpressions: rename(matchExpressions, other?.matchExpressions) } : {}),
      ...(matchFields ? { matchFields: rename(matchFields, other?.matchFields) } : {}),
    };
  });
  return { required: { nodeSelectorTerms } };
}

function* classKept(path: string, next: PersistentVolumeSpec, old: PersistentVolumeSpec): Findings {
  if (old.volumeAttributesClassName !== undefined && next.volumeAttributesClassName === undefined) {
    yield forbidden(path, "update from non-nil value to nil is forbidden");
  }
}
