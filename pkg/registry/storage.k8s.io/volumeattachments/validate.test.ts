import assert from "node:assert/strict";
import { test } from "node:test";
import type { PersistentVolumeSpec } from "#api/types/core/v1";
import type { VolumeAttachment, VolumeAttachmentStatus } from "#api/types/storage.k8s.io/v1";
import { validateAttachmentUpdate, validateNewAttachment } from "./validate.ts";

const attachment = (
  source: VolumeAttachment["spec"]["source"],
  status: VolumeAttachmentStatus = { attached: false },
): VolumeAttachment => ({ metadata: { name: "a" }, spec: { attacher: "d", nodeName: "n", source }, status });
const said = (errors: readonly { field: string; detail: string }[]): string[] =>
  errors.map(({ field, detail }) => `${field}: ${detail}`);

test("a volume that stands in its attachment", () => {
  const csi = { driver: "d", volumeHandle: "h" };
  const path = "spec.source.inlineVolumeSpec";
  const context = "in the context of inline volumes";
  const rows: [name: string, spec: PersistentVolumeSpec, says: string[]][] = [
    ["what it needs", { accessModes: ["ReadWriteOnce"], csi }, []],
    [
      "without a driver",
      { accessModes: ["ReadWriteOnce"], nfs: { server: "s", path: "/p" } },
      [`${path}.csi: Required value: has to be specified ${context}`],
    ],
    [
      "with what only a volume of its own has",
      {
        accessModes: ["ReadWriteOnce"],
        csi,
        capacity: { storage: "1Gi" },
        storageClassName: "s",
        volumeMode: "Block",
      },
      [
        `${path}.capacity: Forbidden: may not be specified ${context}`,
        `${path}.storageClassName: Forbidden: may not be specified ${context}`,
        `${path}.volumeMode: Forbidden: may not specify volumeMode other than Filesystem ${context}`,
      ],
    ],
  ];
  for (const [name, inlineVolumeSpec, says] of rows) {
    assert.deepEqual(said(validateNewAttachment(attachment({ inlineVolumeSpec }))), says, name);
  }
  assert.deepEqual(said(validateNewAttachment(attachment({ persistentVolumeName: "v", inlineVolumeSpec: {} }))), [
    "spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName",
  ]);
});

test("how it went", () => {
  const old = attachment({ persistentVolumeName: "v" });
  const failed = attachment(old.spec.source, {
    attached: false,
    attachError: { message: "x".repeat(1025), errorCode: -1 },
  });
  assert.deepEqual(said(validateAttachmentUpdate(failed, old)), [
    "status.attachError.message: Too long: may not be more than 262144 bytes",
    "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
  ]);
});
