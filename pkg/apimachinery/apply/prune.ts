/**
 * Takes out of a merged object what its applier named before and names no more, as far as nobody else names it or
 * something in it. A value goes as a whole, with what defaults filled in.
 */
import { child, emptySet, type FieldSet } from "./field-set.ts";
import { isObject, labelOf, type Members } from "./items.ts";
import { shapeOfMember } from "./merge.ts";
import type { ListMapShape, SetShape, Shape, StructShape } from "./shape.ts";

/** Changes `merged` in place. `last`: what the applier owned; `owned`: what anybody owns now, the new configuration included. */
export function prune(merged: Members, shape: StructShape, last: FieldSet, owned: FieldSet): void {
  // Metadata holds what belongs to nobody, so it stays.
  const metadata = child(owned, "f:metadata") ?? emptySet;
  pruneMembers(merged as Record<string, unknown>, shape, last, { ...owned, "f:metadata": metadata });
}

interface Ownership {
  /** The node below which the applier owned something. */
  readonly last: FieldSet;
  /** Undefined: nobody owns anything here. */
  readonly owned: FieldSet | undefined;
}

function pruneMembers(
  value: Record<string, unknown>,
  shape: StructShape | { kind: "map"; of: Shape },
  last: FieldSet,
  owned: FieldSet | undefined,
): void {
  for (const name of Object.keys(value)) {
    const label = `f:${name}`;
    const was = child(last, label);
    const of = was && shapeOfMember(shape, name);
    if (!was || !of) continue;
    const isKept = keeps(value[name], of, { last: was, owned: owned && child(owned, label) });
    if (!isKept) delete value[name];
  }
}

/** Whether a value stays; prunes inside it. */
function keeps(value: unknown, shape: Shape, { last, owned }: Ownership): boolean {
  if (owned === undefined) return false;
  if (shape.kind === "struct" || shape.kind === "map") {
    if (isObject(value)) pruneMembers(value as Record<string, unknown>, shape, last, owned);
  } else if (shape.kind !== "leaf" && Array.isArray(value)) pruneItems(value, shape, { last, owned });
  return true;
}

function pruneItems(list: unknown[], shape: SetShape | ListMapShape, { last, owned }: Ownership): void {
  const kept = list.filter((item) => {
    const label = labelOf(item, shape);
    const was = child(last, label);
    if (!was) return true;
    const now = owned && child(owned, label);
    return shape.kind === "set" ? now !== undefined : keepsItem(item, shape, { last: was, owned: now });
  });
  list.splice(0, list.length, ...kept);
}

/** An item keeps the fields that tell it apart for as long as it stays. */
function keepsItem(item: unknown, shape: ListMapShape, ownership: Ownership): boolean {
  if (!isObject(item)) return ownership.owned !== undefined;
  const keys = new Set(shape.keys.map(({ name }) => name));
  const identity = Object.entries(item).filter(([name]) => keys.has(name));
  const stays = keeps(item, shape.of, ownership);
  for (const [name, value] of identity) (item as Record<string, unknown>)[name] = value;
  return stays;
}
