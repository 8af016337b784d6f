import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { TransientMap } from "./transient-map.ts";

test("a transient map holds what was set and not deleted", () => {
  const map = new TransientMap<string, { n: number }>();
  const model = new Map<string, { n: number }>();
  for (let step = 0; step < 5_000; step++) {
    const key = `k${(step * 7919) % 61}`;
    if (step % 3 === 0) assert.equal(map.delete(key), model.delete(key));
    else {
      const value = { n: step };
      map.set(key, value);
      model.set(key, value);
    }
    assert.equal(map.get(key), model.get(key));
    assert.equal(map.size, model.size);
  }
  assert.deepEqual(new Set(map.values()), new Set(model.values()));
  map.clear();
  assert.deepEqual([map.size, map.values(), map.get("k1")], [0, [], undefined]);
});

test("names of the prototype are ordinary keys", () => {
  const map = new TransientMap<string, object>();
  for (const key of ["__proto__", "constructor", "toString"]) {
    assert.equal(map.get(key), undefined);
    assert.equal(map.delete(key), false);
    const value = {};
    map.set(key, value);
    assert.equal(map.get(key), value);
  }
  assert.equal(map.size, 3);
});

test("values of numbers come in the order of the numbers", () => {
  const map = new TransientMap<number, { n: number }>();
  for (const n of [2 ** 33 + 1, 5, 100_001, 1]) map.set(n, { n });
  assert.deepEqual(
    map
      .values()
      .map(({ n }) => n)
      .slice(0, 3),
    [1, 5, 100_001],
  );
  assert.equal(map.size, 4);
});

test("what has left the map does not wait for the old generation to be looked through", () => {
  setFlagsFromString("--expose-gc");
  const gc: (options?: { type: "minor" }) => void = runInNewContext("gc");
  const map = new TransientMap<number, Buffer>();
  const bytes = 20_000;
  const underWay = 32;
  let id = 0;
  const pass = (times: number) => {
    for (let i = 0; i < times; i++) {
      map.set(++id, Buffer.allocUnsafeSlow(bytes));
      map.delete(id - underWay);
    }
  };
  pass(underWay);
  gc();
  const before = process.memoryUsage().arrayBuffers;
  for (let round = 0; round < 30; round++) {
    pass(200);
    gc({ type: "minor" });
  }
  gc({ type: "minor" });
  gc({ type: "minor" });
  const kept = process.memoryUsage().arrayBuffers - before;
  assert.ok(kept < 4 * underWay * bytes, `${kept} bytes of ${30 * 200 * bytes} are still there`);
});
