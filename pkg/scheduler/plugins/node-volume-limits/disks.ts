/** The disks of CSI drivers that pods and attachments stand for. */
import { randomUUID } from "node:crypto";
import type { PersistentVolumeClaim } from "#api/types/core/v1";
import { classOf } from "#pkg/apimachinery/volumes/matching.ts";
import type { PodInfo } from "../../cache/types.ts";
import { byNode, type Storage } from "../../volumes/storage.ts";

/** `driver/handle` to the driver. */
export type Disks = Map<string, string>;

/** No driver's handle begins like this: it stands for volumes that are not made yet. */
const unmade = randomUUID();

/** Claims that cannot be told to be of a CSI driver are left out. */
export function addDisksOf(pod: PodInfo, storage: Storage, disks: Disks): void {
  for (const { key } of pod.claims) {
    const claim = storage.claims.watched(key);
    const disk = claim && diskOf(claim, key, storage);
    if (disk) disks.set(`${disk.driver}/${disk.handle}`, disk.driver);
  }
}

function diskOf(claim: Readonly<PersistentVolumeClaim>, key: string, { volumes, classes }: Storage) {
  const volume = claim.spec?.volumeName ? volumes.watched(claim.spec.volumeName) : undefined;
  if (volume) {
    const { csi } = volume.spec ?? {};
    return csi && { driver: csi.driver, handle: csi.volumeHandle };
  }
  const provisioner = classes.get(classOf(claim))?.provisioner;
  return provisioner ? { driver: provisioner, handle: `${unmade}-${key}` } : undefined;
}

/** What is attached to a node, also for pods that are gone already. */
export function addAttachments(nodeName: string, { attachments, volumes }: Storage, disks: Disks): void {
  for (const { spec } of attachments.byIndex(byNode, nodeName)) {
    const { attacher, source } = spec;
    const csi = volumes.watched(source.persistentVolumeName ?? "")?.spec?.csi;
    if (attacher && csi) disks.set(`${attacher}/${csi.volumeHandle}`, attacher);
  }
}
