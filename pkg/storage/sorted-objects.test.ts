import assert from "node:assert/strict";
import { test } from "node:test";
import { SortedObjects } from "./sorted-objects.ts";
import { CachedObject } from "./stored.ts";

const spec = { prefix: "/", indexed: [], fieldsOf: () => ({}) };

/** Three namespaces of a thousand objects each, so that there are many blocks; inserted in no order. */
function filled(): SortedObjects {
  const objects = new SortedObjects();
  for (let i = 0; i < 1000; i += 1) {
    for (const namespace of ["a", "b", "bc"]) {
      const key = `/${namespace}/${String((i * 617) % 1000).padStart(4, "0")}`;
      objects.set(new CachedObject(key, 1, Buffer.alloc(0), spec));
    }
  }
  return objects;
}

const objects = filled();
const walked = (from: string, prefix: string): string[] => [...objects.from(from, prefix)].map(({ key }) => key);

/** One row a question; `count` is how many there must be. */
const rows: readonly (readonly [name: string, from: string, prefix: string, max: number, count: number])[] = [
  ["everything", "/", "/", Number.POSITIVE_INFINITY, 3000],
  ["one prefix, and none that begins alike", "/b/", "/b/", Number.POSITIVE_INFINITY, 1000],
  ["from a key on", "/b/0400", "/b/", Number.POSITIVE_INFINITY, 600],
  ["behind a key", "/b/0400\0", "/b/", Number.POSITIVE_INFINITY, 599],
  ["so many at most", "/b/0400", "/b/", 7, 7],
  ["at most as many as there are", "/b/0400", "/b/", 600, 600],
  ["more than there are", "/b/0400", "/b/", 601, 600],
  ["over the end of a block", "/a/0001", "/a/", 700, 700],
  ["a prefix that nothing has", "/aa/", "/aa/", Number.POSITIVE_INFINITY, 0],
  ["behind the last", "/c/", "/c/", Number.POSITIVE_INFINITY, 0],
  ["from behind the prefix", "/b/", "/a/", Number.POSITIVE_INFINITY, 0],
];

for (const [name, from, prefix, max, count] of rows) {
  test(`a slice is what a walk finds: ${name}`, () => {
    const keys = objects.slice(from, prefix, max).map(({ key }) => key);
    assert.equal(keys.length, count);
    assert.deepEqual(keys, walked(from, prefix).slice(0, Math.min(max, 3000)));
  });
}

test("a slice of nothing", () => assert.deepEqual(new SortedObjects().slice("/", "/"), []));

test("a slice stays as it was", () => {
  const changing = filled();
  const before = changing.slice("/a/", "/a/");
  changing.delete("/a/0003");
  assert.equal(before.length, 1000);
  assert.equal(changing.slice("/a/", "/a/").length, 999);
});
