/** What a patch shares with the object it changes must be what reading it anew would make: recorded objects, changed by chance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isUnread } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import type { ServedResource } from "#pkg/apiserver/resources/served-resource.ts";
import { type Mutation, mutationsOf } from "./changes.ts";
import { drawer } from "./live/draw.ts";
import { type MemoryServer, memoryServer, type Patch, type Target } from "./memory-server.ts";
import { type RecordedBase, updateBases } from "./recorded.ts";

const changesMax = 600;

/** The same resource, of which every member is read anew. */
const readingAll = (resource: ServedResource): ServedResource =>
  Object.create(resource, { strategy: { value: { ...resource.strategy, sharesUntouched: false } } });

function jsonPatch({ path, ...how }: Mutation): unknown {
  const pointer = path.map((step) => `/${String(step).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
  return ["value" in how ? { op: "replace", path: pointer, value: how.value } : { op: "remove", path: pointer }];
}

/** Undefined: inside a list, which these patches replace as a whole. */
function mergePatch({ path, value = null }: Mutation): unknown {
  if (path.some((step) => typeof step === "number")) return undefined;
  return path.reduceRight<unknown>((inner, step) => ({ [step]: inner }), value);
}

async function answer(server: MemoryServer, target: Target, patch: Patch): Promise<unknown> {
  server.warnings.length = 0;
  try {
    const object = (await server.patch(target, patch)) as KubeObject & { metadata: { managedFields?: unknown } };
    for (const entry of object.metadata.managedFields ?? []) delete (entry as { time?: string }).time;
    // As text: the order of members counts too.
    return { text: JSON.stringify(object), warnings: [...server.warnings] };
  } catch (error) {
    if (error instanceof StatusError) return error.toStatus();
    throw error;
  }
}

async function compare(base: RecordedBase): Promise<{ stored: number; refused: number }> {
  const server = memoryServer();
  const target = server.targetOf(base.url);
  assert.equal(target.resource.strategy.sharesUntouched, true, base.name);
  server.put(target, base.stored as unknown as KubeObject);
  const all = [...mutationsOf(base.stored)];
  const draw = drawer(11);
  const counts = { stored: 0, refused: 0 };
  for (let i = 0; i < changesMax; i++) {
    const mutation = all[draw(all.length)] as Mutation;
    const merge = mergePatch(mutation);
    const value = merge === undefined ? jsonPatch(mutation) : merge;
    const kind = merge === undefined ? "json" : draw(2) ? "merge" : "strategic";
    const patch: Patch = { kind, value, subresource: draw(3) ? "" : "status" };
    const shared = await answer(server, target, patch);
    const anew = await answer(server, { ...target, resource: readingAll(target.resource) }, patch);
    assert.deepEqual(shared, anew, JSON.stringify({ base: base.name, patch }));
    counts[(shared as { text?: string }).text === undefined ? "refused" : "stored"] += 1;
  }
  return counts;
}

const recorded = (kind: string): RecordedBase[] =>
  [...updateBases().values()].filter(({ stored }) => stored["kind"] === kind);

for (const kind of ["Pod", "Node"]) {
  const bases = recorded(kind);
  test(`patches of every recorded ${kind}`, async () => {
    assert.ok(bases.length > 0);
    for (const base of bases) {
      const { stored, refused } = await compare(base);
      assert.ok(stored > 50 && refused > 50, `${base.name}: ${stored} stored, ${refused} refused`);
    }
  });
}

test("a value that a patch copies to another place is read there", async () => {
  const base = recorded("Pod")[0] as RecordedBase;
  const server = memoryServer();
  const target = server.targetOf(base.url);
  server.put(target, base.stored as unknown as KubeObject);
  const value = [{ op: "copy", from: "/spec", path: "/status" }];
  const patch: Patch = { kind: "json", value, subresource: "status" };
  const shared = (await answer(server, target, patch)) as { text: string; warnings: string[] };
  assert.deepEqual(shared, await answer(server, { ...target, resource: readingAll(target.resource) }, patch));
  assert.ok(shared.warnings.some((text) => text.includes('unknown field "status.containers"')));
});

test("a patch of metadata alone looks at nothing else", async () => {
  const server = memoryServer();
  const patches: readonly Omit<Patch, "subresource">[] = [
    { kind: "merge", value: { metadata: { labels: { a: "b" } } } },
    { kind: "strategic", value: { kind: "Pod", metadata: { annotations: { a: "new" } } } },
    { kind: "json", value: [{ op: "add", path: "/metadata/finalizers", value: ["example.com/a"] }] },
  ];
  // Rules on claims that are made for a pod ask for its name.
  const plain = recorded("Pod").filter(({ stored }) => !JSON.stringify(stored).includes('"ephemeral":'));
  assert.ok(plain.length > 0);
  for (const { url, stored } of plain) {
    const target = server.targetOf(url);
    server.put(target, stored as unknown as KubeObject);
    for (const patch of patches) {
      // What is found out about a spec is remembered.
      await server.patch(target, { ...patch, subresource: "" });
      const { spec } = (await server.patch(target, { ...patch, subresource: "" })) as unknown as { spec: object };
      assert.equal(isUnread(spec), true, JSON.stringify({ url, patch }));
    }
  }
});

test("a pod that was stored without tolerations gets them with its next change", async () => {
  const [{ url, stored } = assert.fail("no pod")] = recorded("Pod");
  const { tolerations: _, ...spec } = stored["spec"] as { tolerations?: unknown };
  const server = memoryServer();
  const target = server.targetOf(url);
  server.put(target, { ...stored, spec } as unknown as KubeObject);
  for (const value of [{ metadata: { labels: { a: "b" } } }, { metadata: { labels: { a: "c" } } }]) {
    const patched = await server.patch(target, { kind: "merge", value, subresource: "" });
    const { tolerations } = (patched as unknown as { spec: { tolerations?: readonly { key?: string }[] } }).spec;
    assert.deepEqual(
      tolerations?.map(({ key }) => key),
      ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"],
    );
  }
});
