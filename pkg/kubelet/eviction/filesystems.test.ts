import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileSystemLayout, reclaimableFor, withContainerThresholds } from "./filesystems.ts";
import type { Signal } from "./signals.ts";
import { parseThresholds } from "./thresholds.ts";

const rows: readonly { layout: FileSystemLayout; signal: Signal; gives: string }[] = [
  { layout: "shared", signal: "nodefs.available", gives: "containers images" },
  { layout: "shared", signal: "imagefs.inodesFree", gives: "containers images" },
  { layout: "shared", signal: "memory.available", gives: "" },
  { layout: "shared", signal: "pid.available", gives: "" },
  { layout: "images", signal: "nodefs.available", gives: "" },
  { layout: "images", signal: "imagefs.available", gives: "containers images" },
  { layout: "images", signal: "containerfs.available", gives: "containers images" },
  { layout: "split", signal: "imagefs.available", gives: "images" },
  { layout: "split", signal: "nodefs.available", gives: "containers" },
  { layout: "split", signal: "containerfs.inodesFree", gives: "containers" },
];
for (const { layout, signal, gives } of rows) {
  test(`${layout}: for ${signal} the node gives back ${gives || "nothing"}`, () => {
    const can = reclaimableFor(signal, layout);
    assert.equal([can.containers && "containers", can.images && "images"].filter(Boolean).join(" "), gives);
  });
}

test("the containers' thresholds are those of the file system that they are on", () => {
  const thresholds = parseThresholds({
    hard: { "nodefs.available": "1Gi", "imagefs.available": "2Gi", "containerfs.available": "3Gi" },
  });
  const derived = (layout: FileSystemLayout) =>
    withContainerThresholds(thresholds, layout).thresholds.map(
      ({ signal, value }) => `${signal} ${"quantity" in value ? value.quantity : value.share}`,
    );
  const own = ["nodefs.available 1Gi", "imagefs.available 2Gi"];
  assert.deepEqual(derived("shared"), [...own, "containerfs.available 1Gi"]);
  assert.deepEqual(derived("split"), [...own, "containerfs.available 1Gi"]);
  assert.deepEqual(derived("images"), [...own, "containerfs.available 2Gi"]);
  assert.deepEqual(withContainerThresholds(thresholds, "shared").ignored, [
    "found containerfs.available for hard eviction. ignoring",
  ]);
});
