/** What every ResourceStore does, whatever is behind it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { StatusError } from "#pkg/apimachinery/status-error.ts";
import { KeyExistsError, type ResourceStore, RevisionConflictError } from "#pkg/storage/index.ts";
import { Collector, namesOf, noteOf, podJson, podKey, podSpec } from "./support.ts";

const latest = { kind: "latest" } as const;

export function contract(name: string, open: () => ResourceStore): void {
  const fact = (what: string, check: (store: ResourceStore, ns: string) => Promise<void>): void => {
    test(`${name}: ${what}`, async () => check(open(), `${name} ${what}`.replaceAll(/\W+/g, "-")));
  };

  fact("reads its own writes", async (store, ns) => {
    const made = await store.create(podKey("a", ns), podJson("a", { namespace: ns, labels: { x: "1" }, node: "n1" }));
    const read = await store.get(podKey("a", ns), latest);
    assert.deepEqual(read?.bytes, made.bytes);
    assert.equal(read?.object.metadata.resourceVersion, String(made.revision));
    assert.deepEqual({ ...read?.labels }, { x: "1" });
    assert.equal(read?.fields["spec.nodeName"], "n1");
    assert.equal(await store.get(podKey("b", ns), latest), undefined);
  });

  fact("creates once", async (store, ns) => {
    await store.create(podKey("a", ns), podJson("a"));
    await assert.rejects(store.create(podKey("a", ns), podJson("a")), KeyExistsError);
  });

  fact("updates and deletes only the revision expected", async (store, ns) => {
    const key = podKey("a", ns);
    const first = await store.create(key, podJson("a"));
    const second = await store.update(key, podJson("a", { note: "2" }), first.revision);
    const stale = await store.update(key, podJson("a", { note: "3" }), first.revision).catch((error: unknown) => error);
    assert.ok(stale instanceof RevisionConflictError);
    assert.deepEqual(stale.current?.bytes, second.bytes);
    await assert.rejects(store.delete(key, first.revision), RevisionConflictError);
    const gone = await store.delete(key, second.revision);
    assert.ok(gone.revision > second.revision);
    assert.equal(noteOf(gone), "2");
    assert.equal(gone.object.metadata.resourceVersion, String(gone.revision));
    const missing = await store.update(key, podJson("a"), second.revision).catch((error: unknown) => error);
    assert.ok(missing instanceof RevisionConflictError && missing.current === undefined);
  });

  fact("does not write what is there already", async (store, ns) => {
    const made = await store.create(podKey("a", ns), podJson("a"));
    await store.get(podKey("a", ns), latest);
    const same = await store.update(podKey("a", ns), podJson("a"), made.revision);
    assert.equal(same.revision, made.revision);
  });

  fact("pages through one snapshot", async (store, ns) => {
    const prefix = podKey("", ns);
    for (const pod of ["a", "b", "c", "d", "e"]) await store.create(podKey(pod, ns), podJson(pod));
    const first = await store.list({ prefix, at: latest, limit: 2 });
    assert.deepEqual(namesOf(first), ["a", "b"]);
    assert.equal(first.continueAfter, podKey("b", ns));
    assert.equal(first.remaining, 3);
    const c = await store.get(podKey("c", ns), latest);
    await store.delete(podKey("c", ns), c?.revision ?? 0);
    const d = await store.get(podKey("d", ns), latest);
    await store.update(podKey("d", ns), podJson("d", { note: "later" }), d?.revision ?? 0);
    await store.create(podKey("cc", ns), podJson("cc"));
    const at = { kind: "exact", revision: first.revision } as const;
    const second = await store.list({ prefix, at, limit: 2, after: first.continueAfter ?? "" });
    assert.deepEqual(namesOf(second), ["c", "d"]);
    assert.equal(second.remaining, 1);
    assert.equal(second.revision, first.revision);
    assert.equal(noteOf(second.items[1]!), undefined, "d as it was");
    const third = await store.list({ prefix, at, limit: 2, after: second.continueAfter ?? "" });
    assert.deepEqual(namesOf(third), ["e"]);
    assert.equal(third.continueAfter, undefined);
    const now = await store.list({ prefix, at: latest });
    assert.deepEqual(namesOf(now), ["a", "b", "cc", "d", "e"]);
    const one = await store.get(podKey("c", ns), at);
    assert.equal(one?.object.metadata.name, "c");
  });

  fact("selects by match and by indexed field", async (store, ns) => {
    const prefix = podKey("", ns);
    for (const [pod, node] of [
      ["a", "x"],
      ["b", "y"],
      ["c", "x"],
      ["d", "x"],
    ] as const) {
      await store.create(podKey(pod, ns), podJson(pod, { node: `${ns}-${node}` }));
    }
    const fields = { "spec.nodeName": `${ns}-x` };
    assert.deepEqual(namesOf(await store.list({ prefix, at: latest, fields })), ["a", "c", "d"]);
    const page = await store.list({ prefix, at: latest, fields, limit: 2 });
    assert.deepEqual(namesOf(page), ["a", "c"]);
    assert.equal(page.remaining, undefined);
    const rest = await store.list({ prefix, at: latest, fields, limit: 2, after: page.continueAfter ?? "" });
    assert.deepEqual(namesOf(rest), ["d"]);
    const matched = await store.list({ prefix, at: latest, match: (o) => o.key > podKey("b", ns), limit: 5 });
    assert.deepEqual(namesOf(matched), ["c", "d"]);
  });

  fact("refuses the future in upstream's words", async (store) => {
    const { revision } = await store.list({ prefix: podSpec.prefix, at: latest, limit: 1 });
    const future = { kind: "notOlderThan", revision: revision + 1_000_000 } as const;
    const error = (await store.list({ prefix: podSpec.prefix, at: future }).catch((e: unknown) => e)) as StatusError;
    assert.match(error.message, /Too large resource version: \d+, current: \d+/);
    assert.equal(error.code, 504);
    assert.equal(error.details?.causes?.[0]?.reason, "ResourceVersionTooLarge");
    assert.equal(error.details?.retryAfterSeconds, 1);
  });

  fact("watches from a revision", async (store, ns) => {
    const key = podKey("a", ns);
    const first = await store.create(key, podJson("a"));
    const second = await store.update(key, podJson("a", { note: "2" }), first.revision);
    using abort = disposableAbort();
    const prefix = podKey("", ns);
    const seen = new Collector(await store.watch({ prefix, after: first.revision, signal: abort.signal }));
    const gone = await store.delete(key, second.revision);
    await store.create(podKey("a", `${ns}-other`), podJson("a"));
    const again = await store.create(key, podJson("a"));
    await seen.until(3);
    assert.deepEqual(seen.printed, [
      `MODIFIED a@${second.revision}`,
      `DELETED a@${gone.revision}`,
      `ADDED a@${again.revision}`,
    ]);
    assert.equal(seen.events[1]?.current.object.metadata.resourceVersion, String(gone.revision));
    assert.equal(noteOf(seen.events[1]!.previous!), "2");
    assert.ok(seen.watch.revision >= again.revision);
  });

  fact("watches one key only", async (store, ns) => {
    using abort = disposableAbort();
    const { revision } = await store.create(podKey("a", ns), podJson("a"));
    const single = { prefix: podKey("a", ns), single: true, after: revision, signal: abort.signal };
    const seen = new Collector(await store.watch(single));
    await store.create(podKey("aa", ns), podJson("aa"));
    await store.update(podKey("a", ns), podJson("a", { note: "2" }), revision);
    await seen.until(1);
    assert.deepEqual(
      seen.events.map((event) => event.current.key),
      [podKey("a", ns)],
    );
  });

  fact("sends the state first and marks its end", async (store, ns) => {
    for (const pod of ["b", "a"]) await store.create(podKey(pod, ns), podJson(pod));
    using abort = disposableAbort();
    const options = { prefix: podKey("", ns), initialEvents: true, at: latest, signal: abort.signal };
    const seen = new Collector(await store.watch(options));
    const made = await store.create(podKey("c", ns), podJson("c"));
    await seen.until(4);
    const kinds = seen.items.map((item) => (item.kind === "event" ? item.event.type : `end ${item.initial}`));
    assert.deepEqual(kinds, ["ADDED", "ADDED", "end true", "ADDED"]);
    assert.equal(seen.events.at(-1)?.revision, made.revision);
    abort.abort();
    assert.equal((await seen.watch.ended).reason, "closed");
  });
}

interface DisposableAbort extends Disposable {
  readonly signal: AbortSignal;
  abort(): void;
}

export function disposableAbort(): DisposableAbort {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  return { signal: controller.signal, abort, [Symbol.dispose]: abort };
}
