/** Shortcuts in the tracking of fields find the owners that a comparison of everything finds: recorded objects, changed by chance. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { schema } from "#api/index.ts";
import { appliedKindOf, shareMembers, type TrackOptions, trackUpdate } from "#pkg/apimachinery/apply/index.ts";
import { KeylessItemError } from "#pkg/apimachinery/apply/items.ts";
import { allNewFields, newFields } from "#pkg/apimachinery/apply/new-fields.ts";
import { normalize } from "#pkg/apimachinery/codec/index.ts";
import type { KubeObject } from "#pkg/apimachinery/object.ts";
import { applyMergePatch } from "#pkg/apimachinery/patch/index.ts";
import { StatusError } from "#pkg/apimachinery/status-error.ts";
import { mutated, mutationsOf } from "./changes.ts";
import { drawer } from "./live/draw.ts";
import { createBases } from "./recorded.ts";

const changesMax = 200;

function* changedObjects(): Generator<{ type: string; live: KubeObject; next: KubeObject }> {
  const draw = drawer(11);
  for (const { stored } of createBases().values()) {
    const live = stored as unknown as KubeObject;
    const type = typeOf(live);
    if (type === undefined) continue;
    const all = [...mutationsOf(live)];
    for (let i = 0; i < Math.min(changesMax, all.length); i++) {
      const next = readable(mutated(live, all[draw(all.length)] as (typeof all)[number]) as KubeObject, type);
      if (next?.metadata) yield { type, live, next };
    }
  }
}

const typeOf = ({ apiVersion = "", kind }: KubeObject): string | undefined => {
  const [version = "", group = ""] = apiVersion.split("/").toReversed();
  return schema.resources.find((r) => r.group === group && r.version === version && r.kind === kind)?.type;
};

function readable(object: KubeObject, type: string): KubeObject | undefined {
  try {
    return { ...normalize(object, type), kind: object.kind, apiVersion: object.apiVersion } as KubeObject;
  } catch (error) {
    if (error instanceof StatusError) return undefined;
    throw error;
  }
}

function tracked(type: string, states: Pick<TrackOptions, "live" | "next">): unknown {
  const kind = appliedKindOf(type);
  const { apiVersion = "" } = states.next;
  return trackUpdate({ ...states, manager: "tester", apiVersion, subresource: "", now: new Date(0), kind });
}

test("members that are the same need not be compared", () => {
  let changed = 0;
  for (const { type, live, next } of changedObjects()) {
    const metadata = { ...live.metadata, managedFields: tracked(type, { live: undefined, next: live }) };
    const owned = { ...live, metadata } as KubeObject;
    const view = { ...next };
    shareMembers(view, owned);
    const owners = tracked(type, { live: owned, next });
    assert.deepEqual(tracked(type, { live: owned, next: view }), owners);
    if (JSON.stringify(owners) !== JSON.stringify(metadata.managedFields)) changed += 1;
  }
  assert.ok(changed > 500, `${changed} changes`);
});

test("fields of new objects, whether their specs were seen before or not", () => {
  let specs = 0;
  for (const { type, next } of changedObjects()) {
    const kind = appliedKindOf(type);
    const members = next as unknown as Record<string, unknown>;
    const fields = told(() => allNewFields(members, kind));
    for (let round = 0; round < 2; round++) {
      assert.equal(
        told(() => newFields(members, kind)),
        fields,
      );
    }
    if (members["spec"] !== undefined) specs += 1;
  }
  assert.ok(specs > 500, `${specs} specs`);
});

/** Or why there are none. */
function told(fields: () => unknown): string {
  try {
    return JSON.stringify(fields());
  } catch (error) {
    if (error instanceof KeylessItemError) return error.message;
    throw error;
  }
}

test("a merge patch leaves what it is applied to as it was", () => {
  let patches = 0;
  for (const { live, next } of changedObjects()) {
    const before = JSON.stringify(live);
    const patched = applyMergePatch(live, differenceOf(live, next));
    assert.deepEqual(plain(patched), plain(next));
    assert.equal(JSON.stringify(live), before);
    patches += 1;
  }
  assert.ok(patches > 500, `${patches} patches`);
});

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The merge patch that leads from one to the other. */
function differenceOf(from: unknown, to: unknown): unknown {
  if (!isMap(from) || !isMap(to)) return to;
  const patch: Record<string, unknown> = {};
  for (const key of Object.keys(from)) if (!Object.hasOwn(to, key)) patch[key] = null;
  for (const [key, value] of Object.entries(to)) {
    if (JSON.stringify(from[key]) !== JSON.stringify(value)) patch[key] = differenceOf(from[key], value);
  }
  return patch;
}

const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(withoutNulls(value)));

/** A merge patch cannot set a member to null. */
function withoutNulls(value: unknown): unknown {
  if (!isMap(value)) return value;
  const kept = Object.entries(value).filter(([, member]) => member !== null);
  return Object.fromEntries(kept.map(([key, member]) => [key, withoutNulls(member)]));
}
