/** Ownership across custom kinds, which the collector learns of while it runs. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type ResourceRef, resources } from "#api/gen/resources.ts";
import type { OwnerReference } from "#api/types/meta/v1";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { isNotFound } from "#pkg/client/index.ts";
import { eventually } from "#test/support/cluster.ts";
import { startControllers, type TestControllers } from "./support.ts";

const group = "gc.kubets.dev";
const version = "v1";
const gears = { group, version, kind: "Gear", plural: "gears", namespaced: true } as ResourceRef<KubeObject>;
const bound = { withinMs: 10_000, everyMs: 50 };

let controllers: TestControllers;
before(async () => {
  controllers = await startControllers(["garbage-collector-controller"]);
  await define(gears);
});
after(() => controllers?.[Symbol.asyncDispose]());

/** Returns when the kind is served. */
async function define({ group, version, kind, plural }: ResourceRef<KubeObject>): Promise<void> {
  const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
  await controllers.client.customresourcedefinitions.create({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural, singular: kind.toLowerCase(), kind, listKind: `${kind}List` },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  });
  const ref = { group, version, kind, plural, namespaced: true };
  await eventually(() => controllers.client.resource(ref).list({ namespace: "default" }), bound);
}

const ownedBy = ({ kind = "", apiVersion = "", metadata }: KubeObject): OwnerReference => ({
  apiVersion,
  kind,
  name: metadata.name ?? "",
  uid: metadata.uid ?? "",
  blockOwnerDeletion: true,
  controller: true,
});

async function make(ref: ResourceRef<KubeObject>, name: string, owner?: KubeObject): Promise<KubeObject> {
  const ownerReferences = owner ? { ownerReferences: [ownedBy(owner)] } : {};
  const apiVersion = ref.group === "" ? ref.version : `${ref.group}/${ref.version}`;
  const metadata = { name, namespace: "default", ...ownerReferences };
  return controllers.client.resource(ref).create({ apiVersion, kind: ref.kind, metadata });
}

const remove = (ref: ResourceRef<KubeObject>, name: string, propagationPolicy: string) =>
  controllers.client.resource(ref).delete({ namespace: "default", name }, { body: { propagationPolicy } });

const isGone = (ref: ResourceRef<KubeObject>, name: string) =>
  controllers.client
    .resource(ref)
    .get({ namespace: "default", name })
    .then(
      () => false,
      (error: unknown) => isNotFound(error),
    );

const maps = resources.configmaps as ResourceRef<KubeObject>;

for (const { policy, owner, dependent } of [
  { policy: "Background", owner: gears, dependent: maps },
  { policy: "Foreground", owner: gears, dependent: maps },
  { policy: "Background", owner: maps, dependent: gears },
  { policy: "Foreground", owner: gears, dependent: gears },
]) {
  test(`${policy} deletion of a ${owner.kind} takes its ${dependent.kind}`, async () => {
    const name = `${policy}-${owner.kind}-${dependent.kind}`.toLowerCase();
    const made = await make(owner, `${name}-owner`);
    await make(dependent, `${name}-owned`, made);
    await remove(owner, `${name}-owner`, policy);
    await eventually(() => isGone(owner, `${name}-owner`), bound);
    await eventually(() => isGone(dependent, `${name}-owned`), bound);
  });
}

test("an orphan of a custom owner stays, without the owner", async () => {
  const owner = await make(gears, "leaves");
  await make(maps, "left", owner);
  await remove(gears, "leaves", "Orphan");
  await eventually(() => isGone(gears, "leaves"), bound);
  const left = await controllers.client.configmaps.get({ namespace: "default", name: "left" });
  assert.equal(left.metadata.ownerReferences, undefined);
});

test("who claims an owner that never was is deleted, also when the owner's kind comes later", async () => {
  const apiVersion = `late.${group}/v1`;
  const owner = { apiVersion, kind: "Late", metadata: { name: "never", uid: "11111111-1111-1111-1111-111111111111" } };
  await make(maps, "orphaned", owner);
  await define({ group: `late.${group}`, version, kind: "Late", plural: "lates", namespaced: true });
  await eventually(() => isGone(maps, "orphaned"), bound);
});

test("a kind that went and came again is collected again", async () => {
  await make(gears, "first");
  await controllers.client.customresourcedefinitions.delete({ name: `gears.${group}` });
  await eventually(() => isGone(gears, "first"), bound);
  const gone = () =>
    controllers.client.customresourcedefinitions.get({ name: `gears.${group}` }).then(() => false, isNotFound);
  await eventually(gone, bound);
  await define(gears);
  const owner = await make(gears, "second");
  await make(maps, "owned", owner);
  await remove(gears, "second", "Background");
  await eventually(() => isGone(maps, "owned"), bound);
});

test("an owner goes when its dependent no longer blocks it, though the dependent stays", async () => {
  const owner = await make(maps, "unblocked-owner");
  const ownerReferences = [ownedBy(owner)];
  const metadata = { name: "held", namespace: "default", ownerReferences, finalizers: ["gc.kubets.dev/hold"] };
  const held = { namespace: "default", name: "held" };
  await controllers.client.configmaps.create({ metadata });
  await remove(maps, "unblocked-owner", "Foreground");
  await eventually(async () => {
    const { deletionTimestamp } = (await controllers.client.configmaps.get(held)).metadata;
    assert.ok(deletionTimestamp, "the dependent is told to go");
  }, bound);
  assert.equal(await isGone(maps, "unblocked-owner"), false);
  const freed = { metadata: { ownerReferences: [{ ...ownedBy(owner), blockOwnerDeletion: false }] } };
  await controllers.client.configmaps.patch(held, freed, { type: "merge" });
  await eventually(async () => assert.ok(await isGone(maps, "unblocked-owner")), bound);
  await controllers.client.configmaps.patch(held, { metadata: { finalizers: null } }, { type: "merge" });
});
