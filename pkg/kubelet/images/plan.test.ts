import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type CollectionPolicy,
  defaultCollectionPolicy,
  ensureCollectionPolicy,
  formatSize,
  type ImageRecords,
  insufficientMessage,
  isTooOld,
  isTooYoung,
  removalOrder,
  seeImages,
  shortageOf,
} from "./plan.ts";
import { sandboxImageIn } from "./sandbox-image.ts";

const image = (id: string, pinned = false) => ({ id, size: 10n, pinned });

/** Looks at the images at times, with those in use. */
function seen(looks: readonly [now: number, images: readonly ReturnType<typeof image>[], inUse: string][]) {
  let records: ImageRecords = new Map();
  for (const [now, images, inUse] of looks) {
    records = seeImages(records, { images, inUse: new Set(inUse.split(" ")), now });
  }
  return records;
}

const ids = (records: ImageRecords, inUse = ""): string[] =>
  removalOrder(records, new Set(inUse.split(" "))).map(({ id }) => id);

test("the longest unused goes first, then the longest known; used and pinned ones stay", () => {
  const records = seen([
    [1, [image("old"), image("first"), image("pinned", true)], "old"],
    [2, [image("old"), image("first"), image("second"), image("now"), image("pinned", true)], "now"],
  ]);
  assert.deepEqual(ids(records, "now"), ["first", "second", "old"]);
});

test("what is gone is forgotten: it comes as a new one", () => {
  const records = seen([
    [1, [image("a"), image("b")], ""],
    [2, [image("b")], ""],
    [3, [image("a"), image("b")], ""],
  ]);
  assert.deepEqual(ids(records), ["b", "a"]);
});

test("age", () => {
  const record = seen([[1000, [image("a")], "a"]]).get("a");
  assert.ok(record);
  assert.equal(isTooYoung(record, defaultCollectionPolicy, 1000 + 119_999), true);
  assert.equal(isTooYoung(record, defaultCollectionPolicy, 1000 + 120_000), false);
  assert.equal(isTooOld(record, defaultCollectionPolicy, 1e12), false);
  const policy = { ...defaultCollectionPolicy, ageMsMax: 500_000 };
  assert.equal(isTooOld(record, policy, 501_000), false);
  assert.equal(isTooOld(record, policy, 501_001), true);
});

for (const { name, availableBytes, wants } of [
  { name: "room", availableBytes: 160, wants: undefined },
  { name: "at the high threshold", availableBytes: 150, wants: { usedPercent: 85, bytesToFree: 50 } },
  { name: "full", availableBytes: 0, wants: { usedPercent: 100, bytesToFree: 200 } },
  { name: "more available than there is", availableBytes: 5000, wants: undefined },
]) {
  test(`shortage: ${name}`, () => {
    assert.deepEqual(shortageOf({ capacityBytes: 1000, availableBytes }, defaultCollectionPolicy), wants);
  });
}

for (const [bytes, text] of [
  [512, "512 B"],
  [1024, "1.0 KiB"],
  [1536 * 1024, "1.5 MiB"],
  [250 * 1024 ** 3, "250.0 GiB"],
  [5000 * 1024 ** 4, "5000.0 TiB"],
] as const) {
  test(`size: ${text}`, () => assert.equal(formatSize(bytes), text));
}

test("what an Event says of a disk that stays full", () => {
  const text = insufficientMessage({ usedPercent: 90, bytesToFree: 5, capacityBytes: 10 * 1024 ** 3, freedBytes: 3 });
  assert.equal(
    text,
    "Insufficient free disk space on the node's image filesystem (90% of 10.0 GiB used). " +
      "Failed to free sufficient space by deleting unused images (freed 3 bytes). " +
      "Investigate disk usage, as it could be used by active images, logs, volumes, or other data.",
  );
});

const refusals: readonly { policy: Partial<CollectionPolicy>; wants: string }[] = [
  {
    policy: { highThresholdPercent: 101 },
    wants: "imageGCHighThresholdPercent (--image-gc-high-threshold) 101 must be between 0 and 100, inclusive",
  },
  {
    policy: { lowThresholdPercent: 85 },
    wants:
      "imageGCLowThresholdPercent (--image-gc-low-threshold) 85 must be less than imageGCHighThresholdPercent (--image-gc-high-threshold) 85",
  },
  { policy: { ageMsMax: -1000 }, wants: "imageMaximumGCAge -1s must not be negative" },
  { policy: { ageMsMax: 60_000 }, wants: "imageMaximumGCAge 1m0s must be greater than imageMinimumGCAge 2m0s" },
];
for (const { policy, wants } of refusals) {
  test(`refused: ${wants}`, () => {
    const message = `invalid configuration: ${wants}`;
    assert.throws(() => ensureCollectionPolicy({ ...defaultCollectionPolicy, ...policy }), { message });
  });
}

test("the sandboxes' image is found in the runtime's configuration", () => {
  assert.equal(sandboxImageIn('{"sandboxImage":"pause:1","other":1}'), "pause:1");
  for (const other of ["", "null", "{}", '{"sandboxImage":1}']) assert.equal(sandboxImageIn(other), undefined);
});
