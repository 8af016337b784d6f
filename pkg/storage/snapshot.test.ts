import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultLimits } from "./options.ts";
import { ResourceCache } from "./resource-cache.ts";
import { pageNow } from "./snapshot.ts";
import { CachedObject } from "./stored.ts";
import type { StoreSpec } from "./types.ts";

const spec: StoreSpec = { prefix: "/r/", indexed: [], fieldsOf: () => ({}) };
const keyOf = (at: number): string => `/r/${String(at).padStart(5, "0")}`;
const numberOf = (key: string): number => Number(key.slice(3));

/** A cache at revision 9 of so many objects, every second of them labelled. */
function cacheOf(count: number): ResourceCache {
  const cache = new ResourceCache(spec, { limits: defaultLimits, observer: undefined, feedRevision: () => 9 });
  const objects = Array.from({ length: count }, (_, at) => {
    const json = JSON.stringify({ metadata: { labels: at % 2 === 0 ? { even: "yes" } : {} } });
    return new CachedObject(keyOf(at), 1, Buffer.from(json), spec);
  });
  cache.fill({ revision: 9, objects });
  return cache;
}

const even = ({ labels }: { readonly labels: Readonly<Record<string, string>> }): boolean => labels["even"] === "yes";

/** One row a page of ten objects: what it has, where it goes on, how many remain. */
const rows = [
  { name: "everything", options: {}, keys: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] },
  { name: "a first page", options: { limit: 3 }, keys: [0, 1, 2], after: 2, remaining: 7 },
  { name: "a later page", options: { limit: 3, after: keyOf(2) }, keys: [3, 4, 5], after: 5, remaining: 4 },
  { name: "a last page that is full", options: { limit: 3, after: keyOf(6) }, keys: [7, 8, 9] },
  { name: "what a selector keeps", options: { match: even }, keys: [0, 2, 4, 6, 8] },
  { name: "a page of it", options: { match: even, limit: 2 }, keys: [0, 2], after: 2 },
  { name: "its last page", options: { match: even, limit: 2, after: keyOf(4) }, keys: [6, 8] },
];

for (const { name, options, keys, after, remaining } of rows) {
  test(`a page: ${name}`, async () => {
    const page = await pageNow(cacheOf(10), { prefix: "/r/", ...options });
    assert.equal(page.revision, 9);
    assert.deepEqual(
      page.items.map(({ key }) => numberOf(key)),
      keys,
    );
    assert.equal(page.continueAfter, after === undefined ? undefined : keyOf(after));
    assert.equal(page.remaining, remaining);
  });
}

/** A selector that takes its time, a millisecond for each object. */
const slow = (): boolean => {
  const end = performance.now() + 1;
  while (performance.now() < end);
  return true;
};

test("others get their turns while a selector looks, and change nothing that it sees", async () => {
  const cache = cacheOf(1000);
  let turns = 0;
  const counting = setInterval(() => {
    if (turns === 0) cache.objects.delete(keyOf(999));
    turns += 1;
  }, 0);
  const page = await pageNow(cache, { prefix: "/r/", match: slow }).finally(() => clearInterval(counting));
  assert.ok(turns > 5, `${turns} turns`);
  assert.equal(page.items.length, 1000);
  assert.equal(cache.objects.size, 999);
});

test("who goes is not looked for any longer", async () => {
  const abort = new AbortController();
  setImmediate(() => abort.abort(new Error("gone")));
  const page = pageNow(cacheOf(100_000), { prefix: "/r/", match: slow, signal: abort.signal });
  await assert.rejects(page, /gone/);
});
