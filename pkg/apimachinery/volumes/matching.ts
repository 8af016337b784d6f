/**
 * Which volumes a claim may have. The volume controller and the scheduler decide by the same rules, or they would undo
 * each other's work. Source: https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding
 */
import type { ObjectReference, PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { type SelectableNode, termMatches } from "#pkg/apimachinery/placement/node-selector.ts";
import { parseQuantity, type Quantity } from "#pkg/apimachinery/quantity/index.ts";
import { bindCompleted, boundByController } from "./annotations.ts";

type Claim = Readonly<PersistentVolumeClaim>;
type Volume = Readonly<PersistentVolume>;

export interface SuitableVolumes {
  /** The one whose reference names the claim. It, and no other, is the claim's. */
  readonly reserved: Volume | undefined;
  /** Those that nobody has, the smallest first. */
  readonly free: readonly Volume[];
}

const classAnnotation = "volume.beta.kubernetes.io/storage-class";

/** The class by name; empty where none was asked for. */
export const classOf = ({ metadata, spec }: Claim | Volume): string =>
  metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "";

/** Whether a class was asked for. An empty name is one too: that of volumes without a class. */
export const namesClass = ({ metadata, spec }: Claim): boolean =>
  Object.hasOwn(metadata.annotations ?? {}, classAnnotation) || spec?.storageClassName !== undefined;

/** Whether a volume names this claim; a reference without a uid was made by hand and means any claim of that name. */
export function isFor({ spec }: Volume, claim: Claim): boolean {
  const { namespace, name, uid } = spec?.claimRef ?? {};
  if (name !== claim.metadata.name || namespace !== claim.metadata.namespace) return false;
  return !uid || uid === claim.metadata.uid;
}

/** Whether both sides name each other and the controller has written that down. */
export const isFullyBound = ({ metadata, spec }: Claim): boolean =>
  Boolean(spec?.volumeName) && metadata.annotations?.[bindCompleted] !== undefined;

/** The claim as its volume names it. */
export function claimReference({ metadata }: Claim): ObjectReference {
  const { namespace = "", name = "", uid = "", resourceVersion = "" } = metadata;
  return { apiVersion: "v1", kind: "PersistentVolumeClaim", namespace, name, uid, resourceVersion };
}

/** The volume with its reference to the claim written in; the same object when it stands there already. */
export function reservedFor(volume: Volume, claim: Claim): Volume {
  const claimRef = claimReference(claim);
  if (volume.spec?.claimRef?.uid === claimRef.uid && isFor(volume, claim)) return volume;
  const byUs = isFor(volume, claim) ? {} : { [boundByController]: "yes" };
  const annotations = { ...volume.metadata.annotations, ...byUs };
  return { ...volume, metadata: { ...volume.metadata, annotations }, spec: { ...volume.spec, claimRef } };
}

/** Throws for an amount that is none. */
export const requestedSize = ({ spec }: Claim): Quantity =>
  parseQuantity(spec?.resources?.requests?.["storage"] ?? "0");

const capacityOf = ({ spec }: Volume): Quantity => parseQuantity(spec?.capacity?.["storage"] ?? "0");

/** Whether the volume's node affinity, if it has one, allows the node. Only labels count: volumes know no node by name. */
export function isReachable({ spec }: Volume, { labels }: Pick<SelectableNode, "labels">): boolean {
  const required = spec?.nodeAffinity?.required;
  return !required || required.nodeSelectorTerms.some((term) => termMatches(term, { name: "", labels }));
}

/** Sorts out by everything but the node. Throws for a claim whose selector or size cannot be read. */
export function suitableVolumes(claim: Claim, volumes: Iterable<Volume>): SuitableVolumes {
  const selector = claim.spec?.selector && labelSelectorFrom(claim.spec.selector);
  const wanted = requestedSize(claim);
  const wantedClass = classOf(claim);
  const free: { readonly volume: Volume; readonly capacity: Quantity }[] = [];
  for (const volume of volumes) {
    const { metadata, spec, status } = volume;
    const reserved = spec?.claimRef !== undefined;
    if (metadata.deletionTimestamp || (reserved && !isFor(volume, claim)) || !isAlike(volume, claim)) continue;
    const capacity = capacityOf(volume);
    if (capacity.compare(wanted) < 0) continue;
    if (reserved) return { reserved: volume, free: [] };
    // A volume that has not been looked at yet is left alone: whoever takes it now will meet the controller's write.
    if (status?.phase !== "Available" || classOf(volume) !== wantedClass) continue;
    if (selector && !selector.matches(metadata.labels)) continue;
    free.push({ volume, capacity });
  }
  free.sort((a, b) => a.capacity.compare(b.capacity) || byName(a.volume, b.volume));
  return { reserved: undefined, free: free.map(({ volume }) => volume) };
}

/** The volume serves the modes that the claim asks for, and is of the same attributes. */
function isAlike({ spec: volume }: Volume, { spec: claim }: Claim): boolean {
  if ((volume?.volumeMode ?? "Filesystem") !== (claim?.volumeMode ?? "Filesystem")) return false;
  if ((volume?.volumeAttributesClassName ?? "") !== (claim?.volumeAttributesClassName ?? "")) return false;
  return (claim?.accessModes ?? []).every((mode) => volume?.accessModes?.includes(mode));
}

const byName = (a: Volume, b: Volume): number => ((a.metadata.name ?? "") < (b.metadata.name ?? "") ? -1 : 1);
