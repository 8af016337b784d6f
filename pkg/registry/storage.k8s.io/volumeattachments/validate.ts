/** The rules of VolumeAttachments: what a driver is to attach to which node, and how that went. */
import type {
  VolumeAttachment,
  VolumeAttachmentSource,
  VolumeAttachmentSpec,
  VolumeAttachmentStatus,
  VolumeError,
} from "#api/types/storage.k8s.io/v1";
import { type FieldError, forbidden, invalid, required, tooLong } from "#pkg/apimachinery/validation/field-error.ts";
import { type Findings, filled, int32Max, rangeText } from "../../shared/findings.ts";
import { immutable } from "../../shared/immutable.ts";
import { internalForm } from "../../shared/internal-form/index.ts";
import { dnsSubdomain } from "../../shared/name-forms.ts";
import { csiDriverName } from "../../shared/pod-spec/volume-sources.ts";
import { inlineVolumeSpec } from "../../shared/volume-spec.ts";

const messageBytesMax = 1024;
const metadataBytesMax = 256 * 1024;

/** Newer rules hold for new attachments only, and are asked last. */
export const validateNewAttachment = ({ spec }: Readonly<VolumeAttachment>): FieldError[] => [
  ...attachmentSpec("spec", spec),
  ...csiDriverName("spec.attacher", spec.attacher),
  ...volumeName("spec.source.persistentVolumeName", spec.source?.persistentVolumeName),
];

export const validateAttachmentUpdate = (
  next: Readonly<VolumeAttachment>,
  old: Readonly<VolumeAttachment>,
): FieldError[] => [
  ...attachmentSpec("spec", next.spec),
  ...attachmentStatus("status", next.status),
  ...immutable("spec", next.spec, old.spec, internalForm(next.spec, "VolumeAttachmentSpec")),
];

function* attachmentSpec(path: string, { attacher, source, nodeName }: VolumeAttachmentSpec): Findings {
  yield* filled(`${path}.attacher`, attacher);
  yield* attachmentSource(`${path}.source`, source ?? {});
  yield* dnsSubdomain(`${path}.nodeName`, nodeName ?? "");
}

function* attachmentSource(path: string, source: VolumeAttachmentSource): Findings {
  const { persistentVolumeName: name, inlineVolumeSpec: inline } = source;
  const text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName";
  if (inline && name !== undefined) yield forbidden(path, text);
  else if (inline) yield* inlineVolumeSpec(`${path}.inlineVolumeSpec`, inline);
  else if (name === undefined) yield required(path, text);
  else if (name === "") yield required(`${path}.persistentVolumeName`, "must specify non empty persistentVolumeName");
}

function* volumeName(path: string, name: string | undefined): Findings {
  if (name !== undefined) yield* dnsSubdomain(path, name);
}

function* attachmentStatus(path: string, status: VolumeAttachmentStatus | undefined): Findings {
  const entries = Object.entries(status?.attachmentMetadata ?? {});
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0);
  if (bytes > metadataBytesMax) yield tooLong(`${path}.attachmentMetadata`, metadataBytesMax);
  yield* volumeError(`${path}.attachError`, status?.attachError);
  yield* volumeError(`${path}.detachError`, status?.detachError);
}

function* volumeError(path: string, error: VolumeError | undefined): Findings {
  // Upstream names the other bound in its text.
  if (Buffer.byteLength(error?.message ?? "") > messageBytesMax) yield tooLong(`${path}.message`, metadataBytesMax);
  const code = error?.errorCode;
  if (code !== undefined && code < 0) yield invalid(`${path}.errorCode`, code, rangeText(0, int32Max));
}
