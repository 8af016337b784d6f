/**
 * Which fields a write changed: one walk over both states, guided by the shape. What is equal costs a comparison and makes
 * nothing. A field set's node for what is new has `.` wherever the old state had nothing at all, since whoever brings a
 * container owns it too; structs that are always written (`spec`, `resources: {}`) exist in the empty object already.
 */
import { isRawNumber } from "../codec/index.ts";
import { asSent } from "../emptied.ts";
import { sameJson } from "../json.ts";
import { compareLabels, emptySet, type FieldSet, self } from "./field-set.ts";
import { isObject, itemsByLabel, type Members } from "./items.ts";
import type { ListMapShape, MapShape, SetShape, Shape, StructShape } from "./shape.ts";

export interface Difference {
  /** Added or modified. */
  readonly changed: FieldSet;
  readonly removed: FieldSet;
}

/** Nodes under construction. */
type Node = Record<string, FieldSet>;

interface Collected {
  changed: Node | undefined;
  removed: Node | undefined;
}

/** Both states in the same version. For a creation `old` is the empty object of its type. */
export function compareObjects(old: Members, next: Members, shape: StructShape): Difference {
  const found: Collected = { changed: undefined, removed: undefined };
  compareStruct(old, next, shape, found);
  return { changed: found.changed ?? emptySet, removed: found.removed ?? emptySet };
}

const note = (found: Collected, what: "changed" | "removed", label: string, node: FieldSet): void => {
  const nodes = found[what] ?? {};
  nodes[label] = node;
  found[what] = nodes;
};

/** A field of a custom resource may be called `constructor`. */
const ownMember = (object: Members, name: string): unknown => (Object.hasOwn(object, name) ? object[name] : undefined);

function compareStruct(old: Members, next: Members, shape: StructShape, found: Collected): void {
  for (const { name, label, shape: of } of shape.fields) {
    const before = ownMember(old, name);
    const member = ownMember(next, name);
    // A list that is always written is owned by who sent it with nothing in it, though it is kept as null.
    const after = member === null ? asSent(next, name) : member;
    if (before !== after) compareValues(before, after, of, label, found);
  }
  if (shape.rest) compareRest(old, next, shape, shape.rest, found);
}

/** Members that the schema does not name. */
function compareRest(old: Members, next: Members, shape: StructShape, of: Shape, found: Collected): void {
  const names = new Set([...Object.keys(old), ...Object.keys(next)]);
  for (const name of [...names].sort()) {
    if (!isRest(name, shape)) continue;
    compareValues(ownMember(old, name), ownMember(next, name), of, `f:${name}`, found);
  }
}

/** A member that no field describes, and that somebody may own. */
const isRest = (name: string, { byName, unowned }: StructShape): boolean => !byName.has(name) && !unowned?.has(name);

/** `undefined` is absence. `null` is a value, as Go writes it for a list that is always there and empty. */
function compareValues(old: unknown, next: unknown, shape: Shape, label: string, found: Collected): void {
  if (next === undefined) {
    if (old !== undefined) note(found, "removed", label, wholeOf(old, shape));
  } else if (old === undefined) note(found, "changed", label, wholeOf(next, shape));
  else if (shape.kind === "leaf" || (isVoid(old) && isVoid(next)) || !hasForm(old, shape) || !hasForm(next, shape)) {
    if (!sameJson(old, next)) note(found, "changed", label, emptySet);
  } else {
    const inside: Collected = { changed: undefined, removed: undefined };
    compareInside(old, next, shape, inside);
    if (inside.changed) note(found, "changed", label, inside.changed);
    if (inside.removed) note(found, "removed", label, inside.removed);
  }
}

function compareInside(old: unknown, next: unknown, shape: Exclude<Shape, { kind: "leaf" }>, found: Collected): void {
  switch (shape.kind) {
    case "struct":
      compareStruct((old ?? {}) as Members, (next ?? {}) as Members, shape, found);
      return;
    case "map":
      compareMap((old ?? {}) as Members, (next ?? {}) as Members, shape, found);
      return;
    default:
      compareLists((old ?? []) as unknown[], (next ?? []) as unknown[], shape, found);
  }
}

/** Containers with nothing in them count as leaves, so that `{}` and absence differ. */
function isVoid(value: unknown): boolean {
  if (value === null) return true;
  if (typeof value !== "object") return false;
  return Array.isArray(value) ? value.length === 0 : isNothing(value);
}

function isNothing(value: object): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return !isRawNumber(value);
}

/** Custom resources may hold what their schema does not say. */
function hasForm(value: unknown, shape: Shape): boolean {
  if (value === null) return true;
  return shape.kind === "set" || shape.kind === "listMap" ? Array.isArray(value) : isObject(value);
}

function compareMap(old: Members, next: Members, { of }: MapShape, found: Collected): void {
  const changed = Object.keys(next).filter((key) => ownMember(old, key) !== next[key]);
  for (const key of changed.sort()) compareValues(ownMember(old, key), next[key], of, `f:${key}`, found);
  const gone = Object.keys(old).filter((key) => !Object.hasOwn(next, key));
  for (const key of gone.sort()) note(found, "removed", `f:${key}`, wholeOf(old[key], of));
}

function compareLists(
  old: readonly unknown[],
  next: readonly unknown[],
  shape: SetShape | ListMapShape,
  found: Collected,
): void {
  const before = itemsByLabel(old, shape);
  const after = itemsByLabel(next, shape);
  for (const label of sortedLabels(after)) {
    const items = after.get(label) as unknown[];
    const were = before.get(label);
    if (were === undefined) note(found, "changed", label, items.length > 1 ? emptySet : wholeItem(items[0], shape));
    else if (items.length > 1 || were.length > 1) {
      if (!sameJson(were, items)) note(found, "changed", label, emptySet);
    } else if (shape.kind === "listMap") compareValues(were[0], items[0], shape.of, label, found);
  }
  for (const label of sortedLabels(before)) {
    if (!after.has(label)) note(found, "removed", label, wholeItem(before.get(label)?.[0], shape));
  }
}

const sortedLabels = (items: ReadonlyMap<string, unknown>): string[] => [...items.keys()].sort(compareLabels);

const wholeItem = (item: unknown, shape: SetShape | ListMapShape): FieldSet =>
  shape.kind === "set" ? emptySet : wholeOf(item, shape.of);

/** Every field of a value that is all new or all gone, the value itself among them. */
function wholeOf(value: unknown, shape: Shape): FieldSet {
  if (shape.kind === "leaf" || isVoid(value) || !hasForm(value, shape)) return emptySet;
  const node: Node = { [self]: emptySet };
  if (shape.kind === "struct") fillStruct(node, value as Members, shape);
  else if (shape.kind === "map") {
    for (const key of Object.keys(value as Members).sort())
      node[`f:${key}`] = wholeOf((value as Members)[key], shape.of);
  } else {
    const items = itemsByLabel(value as unknown[], shape);
    for (const label of sortedLabels(items)) {
      const same = items.get(label) as unknown[];
      node[label] = same.length > 1 ? emptySet : wholeItem(same[0], shape);
    }
  }
  return node;
}

function fillStruct(node: Node, value: Members, shape: StructShape): void {
  for (const { name, label, shape: of } of shape.fields) {
    const member = ownMember(value, name);
    if (member !== undefined) node[label] = wholeOf(member, of);
  }
  if (!shape.rest) return;
  for (const name of Object.keys(value).sort()) {
    if (isRest(name, shape) && value[name] !== undefined) node[`f:${name}`] = wholeOf(value[name], shape.rest);
  }
}
