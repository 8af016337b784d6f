import type { VolumeAttachment } from "#api/types/storage.k8s.io/v1";
import { age, type Cells, nameOf } from "#pkg/apimachinery/table/cells.ts";

export const volumeAttachmentCells: Cells<VolumeAttachment> = (attachment, now) => [
  nameOf(attachment),
  attachment.spec.attacher,
  attachment.spec.source.persistentVolumeName ?? "",
  attachment.spec.nodeName,
  attachment.status?.attached ?? false,
  age(attachment, now),
];
