/**
 * Takes out of a merged object what its applier named before and names no more, as far as nobody else names it or
 * something in it. A value goes as a whole, with what defaults filled in.
 */
import { child, emptySet, type FieldSet } from "./field-set.ts";
import { isObject, labelOf, type Members } from "./items.ts";
import { shapeOfMember } from "./merge.ts";
import type { ListMapShape, SetShape, Shape, StructShape } from "./shape.ts";

/** A member whose value lost all that was inside, though somebody owns the member itself: null, until ownership is settled. */
export interface Emptied {
  readonly parent: Record<string, unknown>;
  readonly name: string;
}

/** Changes `merged` in place. `last`: what the applier owned; `owned`: what anybody owns now, the new configuration included. */
export function prune(merged: Members, shape: StructShape, last: FieldSet, owned: FieldSet): readonly Emptied[] {
  // Metadata holds what belongs to nobody, so it stays.
  const metadata = child(owned, "f:metadata") ?? emptySet;
  const emptied: Emptied[] = [];
  pruneMembers(merged as Record<string, unknown>, shape, {
    last,
    owned: { ...owned, "f:metadata": metadata },
    emptied,
  });
  return emptied;
}

/** Whoever owns the member of something that was emptied keeps it; the object does not have it any more. */
export function dropEmptied(emptied: readonly Emptied[]): void {
  for (const { parent, name } of emptied) delete parent[name];
}

interface Pruning {
  /** The node below which the applier owned something. */
  readonly last: FieldSet;
  /** What anybody owns there now. */
  readonly owned: FieldSet;
  /** Collects. */
  readonly emptied: Emptied[];
}

/** Returns whether nothing is left of what was there. */
function pruneMembers(
  value: Record<string, unknown>,
  shape: StructShape | { kind: "map"; of: Shape },
  { last, owned, emptied }: Pruning,
): boolean {
  const names = Object.keys(value);
  let left = names.length;
  for (const name of names) {
    const label = `f:${name}`;
    const was = child(last, label);
    const of = was && shapeOfMember(shape, name);
    if (!was || !of) continue;
    const now = child(owned, label);
    if (!now) {
      left -= 1;
      delete value[name];
    } else if (pruneInside(value[name], of, { last: was, owned: now, emptied })) {
      value[name] = null;
      emptied.push({ parent: value, name });
    }
  }
  return left === 0 && names.length > 0;
}

/** Returns whether nothing is left inside. */
function pruneInside(value: unknown, shape: Shape, pruning: Pruning): boolean {
  if (shape.kind === "leaf") return false;
  if (shape.kind === "struct" || shape.kind === "map")
    return isObject(value) && pruneMembers(value as Record<string, unknown>, shape, pruning);
  return Array.isArray(value) && pruneItems(value, shape, pruning);
}

/** Returns whether nothing is left of what was there. */
function pruneItems(list: unknown[], shape: SetShape | ListMapShape, { last, owned, emptied }: Pruning): boolean {
  const before = list.length;
  const kept = list.filter((item) => {
    const label = labelOf(item, shape);
    const was = child(last, label);
    if (!was) return true;
    const now = child(owned, label);
    if (now && shape.kind === "listMap") pruneItem(item, shape, { last: was, owned: now, emptied });
    return now !== undefined;
  });
  list.splice(0, before, ...kept);
  return kept.length === 0 && before > 0;
}

/** An item keeps the fields that tell it apart for as long as it stays. */
function pruneItem(item: unknown, shape: ListMapShape, pruning: Pruning): void {
  if (!isObject(item)) return;
  const keys = new Set(shape.keys.map(({ name }) => name));
  const identity = Object.entries(item).filter(([name]) => keys.has(name));
  pruneInside(item, shape.of, pruning);
  for (const [name, value] of identity) (item as Record<string, unknown>)[name] = value;
}
