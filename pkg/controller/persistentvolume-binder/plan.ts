/** Which volume a claim gets. Pure. https://kubernetes.io/docs/concepts/storage/persistent-volumes/#binding */
import type { PersistentVolume, PersistentVolumeClaim } from "#api/types/core/v1";
import { labelSelectorFrom } from "#pkg/apimachinery/labels/index.ts";
import { parseQuantity } from "#pkg/apimachinery/quantity/index.ts";

type Claim = Readonly<PersistentVolumeClaim>;
type Volume = Readonly<PersistentVolume>;

const classAnnotation = "volume.beta.kubernetes.io/storage-class";

export const classOf = ({ metadata, spec }: Claim | Volume): string =>
  metadata.annotations?.[classAnnotation] ?? spec?.storageClassName ?? "";

/** Whether a volume names this claim; a reference without a uid was made by hand and means any claim of that name. */
export function isFor({ spec }: Volume, claim: Claim): boolean {
  const { namespace, name, uid } = spec?.claimRef ?? {};
  if (name !== claim.metadata.name || namespace !== claim.metadata.namespace) return false;
  return !uid || uid === claim.metadata.uid;
}

const capacityOf = ({ spec }: Volume) => parseQuantity(spec?.capacity?.["storage"] ?? "0");

function fits(volume: Volume, claim: Claim): boolean {
  const { spec } = claim;
  const modes = volume.spec?.accessModes ?? [];
  if (!(spec?.accessModes ?? []).every((mode) => modes.includes(mode))) return false;
  if ((volume.spec?.volumeMode ?? "Filesystem") !== (spec?.volumeMode ?? "Filesystem")) return false;
  if ((volume.spec?.volumeAttributesClassName ?? "") !== (spec?.volumeAttributesClassName ?? "")) return false;
  return capacityOf(volume).compare(parseQuantity(spec?.resources?.requests?.["storage"] ?? "0")) >= 0;
}

/** The volume made for the claim, or else the smallest free one that it may have. */
export function volumeFor(claim: Claim, volumes: readonly Volume[]): Volume | undefined {
  const present = volumes.filter(({ metadata }) => !metadata.deletionTimestamp);
  const reserved = present.find((volume) => volume.spec?.claimRef && isFor(volume, claim) && fits(volume, claim));
  if (reserved) return reserved;
  const selector = claim.spec?.selector && labelSelectorFrom(claim.spec.selector);
  const free = present.filter(
    (volume) =>
      !volume.spec?.claimRef &&
      (volume.status?.phase ?? "Available") === "Available" &&
      classOf(volume) === classOf(claim) &&
      (!selector || selector.matches(volume.metadata.labels)) &&
      fits(volume, claim),
  );
  return free.toSorted(
    (a, b) => capacityOf(a).compare(capacityOf(b)) || (a.metadata.name ?? "").localeCompare(b.metadata.name ?? ""),
  )[0];
}
