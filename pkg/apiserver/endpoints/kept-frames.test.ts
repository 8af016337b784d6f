import assert from "node:assert/strict";
import { test } from "node:test";
import { KeptFrames } from "./kept-frames.ts";

test("the newest frames are kept as far as there is room", () => {
  const frames = new KeptFrames(100);
  const memos = Array.from({ length: 50 }, () => new Map<string, Buffer>());
  for (const [i, memo] of memos.entries()) frames.keep(memo, "json", Buffer.alloc(30, i));
  const kept = memos.flatMap((memo, i) => (memo.has("json") ? [i] : []));
  assert.deepEqual(kept, [47, 48, 49]);
  assert.deepEqual(memos[49]?.get("json"), Buffer.alloc(30, 49));
});

test("a frame that was forgotten and made again is kept again", () => {
  const frames = new KeptFrames(100);
  const [first, second] = [new Map<string, Buffer>(), new Map<string, Buffer>()];
  for (const memo of [first, second, first]) frames.keep(memo, "json", Buffer.alloc(60));
  assert.deepEqual([first.size, second.size], [1, 0]);
});

test("a kept frame has no block of memory beside it", () => {
  const small = Buffer.from("x".repeat(100));
  assert.ok(small.buffer.byteLength > small.length, "Node cuts small buffers out of blocks");
  const kept = new KeptFrames().keep(new Map(), "json", small);
  assert.equal(kept.buffer.byteLength, small.length);
  assert.deepEqual(kept, small);
});

test("a frame larger than all the room is returned and not kept", () => {
  const memo = new Map<string, Buffer>();
  assert.equal(new KeptFrames(10).keep(memo, "json", Buffer.alloc(20)).length, 20);
  assert.equal(memo.size, 0);
});
