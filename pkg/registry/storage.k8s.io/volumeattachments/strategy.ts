import type { VolumeAttachment } from "#api/types/storage.k8s.io/v1";
import { allMetadata } from "../../shared/kept-metadata.ts";
import type { Strategy } from "../../strategy.ts";
import { validateAttachmentUpdate, validateNewAttachment } from "./validate.ts";

export const volumeattachments: Strategy<VolumeAttachment> = {
  allowUnconditionalUpdate: false,
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  validateCreate: validateNewAttachment,
  validateUpdate: validateAttachmentUpdate,
  subresources: { status: { keepsMetadata: allMetadata, validateUpdate: validateAttachmentUpdate } },
};
