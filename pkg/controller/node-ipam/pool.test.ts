import assert from "node:assert/strict";
import { test } from "node:test";
import { BlockPool } from "./pool.ts";

test("blocks go out one after the other, and none twice", () => {
  const pool = new BlockPool("10.244.0.0/22", 24);
  pool.hold("10.244.1.0/24");
  assert.deepEqual([pool.take(), pool.take(), pool.take()], ["10.244.0.0/24", "10.244.2.0/24", "10.244.3.0/24"]);
  assert.equal(pool.take(), undefined);
  pool.release("10.244.2.0/24");
  assert.equal(pool.take(), "10.244.2.0/24");
});

test("a range that is not to be given away may be of any size", () => {
  const pool = new BlockPool("10.0.0.0/22", 24);
  pool.hold("10.0.0.0/23");
  pool.hold("10.0.2.128/25");
  pool.hold("10.0.0.0/8");
  pool.hold("192.168.0.0/16");
  pool.hold("fd00::/64");
  assert.equal(pool.take(), undefined);
  pool.release("10.0.0.0/8");
  assert.equal(pool.take(), "10.0.3.0/24");
  assert.equal(pool.take(), undefined);
});

test("a block is free when its last holder lets go", () => {
  const pool = new BlockPool("fd00::/48", 49);
  assert.equal(pool.take(), "fd00::/49");
  pool.hold("fd00::/49");
  pool.release("fd00::/49");
  assert.equal(pool.take(), "fd00:0:0:8000::/49");
  assert.equal(pool.take(), undefined);
});

test("what cannot be divided", () => {
  assert.throws(() => new BlockPool("10.0.0.0/24", 16), /nodes cannot have a \/16/);
  assert.throws(() => new BlockPool("fd00::/32", 64), /more than 65536 blocks/);
});
