/** Disks that two pods of one node cannot have at once. */
import type { Pod, Volume } from "#api/types/core/v1";

type Disk = Pick<Volume, "gcePersistentDisk" | "awsElasticBlockStore" | "iscsi" | "rbd">;

/** Whether the volume is of a kind that can be in conflict at all. */
export const isExclusive = (volume: Volume): boolean =>
  Boolean(volume.gcePersistentDisk ?? volume.awsElasticBlockStore ?? volume.iscsi ?? volume.rbd);

/** Whether a volume of `pod` is the disk of one of `disks`, and not all of them only read it. */
export function diskConflict(disks: readonly Disk[], pod: Readonly<Pod>): boolean {
  const others = (pod.spec.volumes ?? []).filter(isExclusive);
  return others.length > 0 && disks.some((disk) => others.some((other) => areSame(disk, other)));
}

function areSame(a: Disk, b: Disk): boolean {
  return sameGce(a, b) || sameAws(a, b) || sameIscsi(a, b) || sameRbd(a, b);
}

interface MaybeReadOnly {
  readonly readOnly?: boolean;
}

const bothRead = (a: MaybeReadOnly, b: MaybeReadOnly): boolean => a.readOnly === true && b.readOnly === true;

function sameGce({ gcePersistentDisk: a }: Disk, { gcePersistentDisk: b }: Disk): boolean {
  return a !== undefined && b !== undefined && a.pdName === b.pdName && !bothRead(a, b);
}

/** Even two readers cannot share one. */
function sameAws({ awsElasticBlockStore: a }: Disk, { awsElasticBlockStore: b }: Disk): boolean {
  return a !== undefined && b !== undefined && a.volumeID === b.volumeID;
}

function sameIscsi({ iscsi: a }: Disk, { iscsi: b }: Disk): boolean {
  return a !== undefined && b !== undefined && a.iqn === b.iqn && !bothRead(a, b);
}

function sameRbd({ rbd: a }: Disk, { rbd: b }: Disk): boolean {
  if (!a || !b || a.pool !== b.pool || a.image !== b.image || bothRead(a, b)) return false;
  return a.monitors.some((monitor) => b.monitors.includes(monitor));
}
